import Inference
import Testing

@Suite struct FirstInFirstOutTests {
    @Test func `gives back in order what came in, whatever comes between`() {
        var line = FIFOQueue<Int>()
        var model: [Int] = []
        var random: UInt64 = 1
        for number in 0..<20_000 {
            random = random &* 6_364_136_223_846_793_005 &+ 1
            // Now growing, now shrinking.
            if (random >> 33) % 10 < (number / 1000 % 2 == 0 ? 7 : 3) {
                line.append(number)
                model.append(number)
            } else {
                #expect(line.popFirst() == (model.isEmpty ? nil : model.removeFirst()))
            }
            #expect(line.count == model.count && line.first == model.first)
        }
    }

    @Test func `drops what is not wanted, and keeps the order of the rest`() {
        var line = FIFOQueue<Int>()
        for number in 0..<100 { line.append(number) }
        for _ in 0..<50 { _ = line.popFirst() }
        line.removeAll { $0 % 2 == 0 }
        #expect(line.count == 25)
        #expect(line.popFirst() == 51)
        #expect(line.popFirst() == 53)
    }
}
