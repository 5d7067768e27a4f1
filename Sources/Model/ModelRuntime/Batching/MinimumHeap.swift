/// A binary heap with the least value first; inserting and removing take logarithmic time.
struct MinimumHeap<Value: Comparable> {
    private var values: [Value] = []

    /// How many values there are.
    var count: Int { values.count }
    /// The least value.
    var first: Value? { values.first }

    mutating func insert(_ value: Value) {
        values.append(value)
        var child = values.count - 1
        while child > 0, case let parent = (child - 1) / 2, values[child] < values[parent] {
            values.swapAt(child, parent)
            child = parent
        }
    }

    /// Removes the least value.
    mutating func removeFirst() {
        guard let last = values.popLast(), !values.isEmpty else { return }
        values[0] = last
        var parent = 0
        while case let left = 2 * parent + 1, left < values.count {
            let child = left + 1 < values.count && values[left + 1] < values[left] ? left + 1 : left
            guard values[child] < values[parent] else { return }
            values.swapAt(child, parent)
            parent = child
        }
    }

    /// Removes the values that match; takes linear time.
    mutating func removeAll(where isUnwanted: (Value) -> Bool) {
        let kept = values.filter { !isUnwanted($0) }
        values = []
        for value in kept { insert(value) }
    }
}

extension MinimumHeap: Sendable where Value: Sendable {}
