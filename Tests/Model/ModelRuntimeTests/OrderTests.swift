import Testing

@testable import ModelRuntime

@Suite struct ModelVersionTests {
    @Test func `counts as people do`() {
        let ordered = ["1", "1.0-beta", "1.0", "1.0.1", "1.9", "1.10", "2", "10", "100000000000000000000000"]
        #expect(ordered.shuffled().map(ModelVersion.init).sorted().map(\.text) == ordered)
    }

    @Test func `tells apart what counts the same`() {
        #expect(ModelVersion("1.0") != ModelVersion("1-0"))
        #expect(ModelVersion("1.0") < ModelVersion("1-0") || ModelVersion("1-0") < ModelVersion("1.0"))
    }
}

@Suite struct MinimumHeapTests {
    @Test func `gives the least first, whatever the order and however often`() {
        var numbers = (0..<500).map { ($0 * 7919) % 263 }
        var heap = MinimumHeap<Int>()
        for number in numbers { heap.insert(number) }
        heap.removeAll { $0 % 3 == 0 }
        numbers.removeAll { $0 % 3 == 0 }
        var taken: [Int] = []
        while let first = heap.first {
            taken.append(first)
            heap.removeFirst()
        }
        #expect(taken == numbers.sorted())
    }
}

@Suite struct ProcessorShareTests {
    @Test(arguments: [(0, 1, 1), (1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 3, 1), (16, 12, 4)])
    func `gives decoding cores of its own where there are some`(cores: Int, engines: Int, decoding: Int) {
        let share = ProcessorShare(cores: cores)
        #expect(share.engines == engines && share.decoding == decoding)
    }
}
