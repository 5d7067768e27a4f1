/// A first-in, first-out queue; both ends take amortised constant time.
package struct FIFOQueue<Element> {
    private var elements: [Element?] = []
    private var head = 0

    package init() {}

    /// How many elements there are.
    package var count: Int { elements.count - head }
    /// Whether the queue is empty.
    package var isEmpty: Bool { count == 0 }
    /// The element at the front.
    package var first: Element? { isEmpty ? nil : elements[head] }

    /// Appends an element at the back.
    package mutating func append(_ element: Element) {
        elements.append(element)
    }

    /// Removes the element at the front.
    ///
    /// - Returns: nil where the queue is empty.
    package mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        defer {
            elements[head] = nil
            head += 1
            // The storage is compacted when more than half of it is free, so each element moves once on the average.
            if head > 32, head * 2 > elements.count {
                elements.removeFirst(head)
                head = 0
            }
        }
        return elements[head]
    }

    /// Removes the elements that match; takes linear time.
    package mutating func removeAll(where isUnwanted: (Element) -> Bool) {
        elements = elements[head...].filter { element in element.map { !isUnwanted($0) } ?? false }
        head = 0
    }
}

extension FIFOQueue: Sendable where Element: Sendable {}
