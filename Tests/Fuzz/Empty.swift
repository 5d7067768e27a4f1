// What is fuzzed is in the library already: the linker only wants a file, and to hear which of Swift's libraries it needs.

import Dispatch
import Foundation
import Synchronization
