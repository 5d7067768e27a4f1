// Passes the arguments to Swift's runtime before any library can move the environment. In a statically linked program
// the runtime finds the arguments next to the environment. A library that sets an environment variable first moves the
// environment, and the program then sees no arguments. A dynamically linked runtime has found them already and takes
// them again.

__attribute__((weak)) void _swift_stdlib_overrideUnsafeArgvArgc(char **arguments, int count);

__attribute__((constructor(101))) static void hand_arguments_over(int count, char **arguments) {
    if (_swift_stdlib_overrideUnsafeArgvArgc) _swift_stdlib_overrideUnsafeArgvArgc(arguments, count);
}
