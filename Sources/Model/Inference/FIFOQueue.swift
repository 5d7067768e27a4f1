/// A line of elements: in at the back, out at the front, both in constant time on the average.
package struct FIFOQueue<Element> {
    private var elements: [Element?] = []
    private var head = 0

    package init() {}

    /// How many elements there are.
    package var count: Int { elements.count - head }
    /// Whether there is none.
    package var isEmpty: Bool { count == 0 }
    /// The element at the front.
    package var first: Element? { isEmpty ? nil : elements[head] }

    /// Puts an element at the back.
    package mutating func append(_ element: Element) {
        elements.append(element)
    }

    /// Takes the element at the front.
    ///
    /// - Returns: nil where there is none.
    package mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        defer {
            elements[head] = nil
            head += 1
            // What was taken goes once it is more than what is left, so each element moves once on the average.
            if head > 32, head * 2 > elements.count {
                elements.removeFirst(head)
                head = 0
            }
        }
        return elements[head]
    }

    /// Drops the elements that do not pass; takes as long as there are elements.
    package mutating func removeAll(where isUnwanted: (Element) -> Bool) {
        elements = elements[head...].filter { element in element.map { !isUnwanted($0) } ?? false }
        head = 0
    }
}

extension FIFOQueue: Sendable where Element: Sendable {}
