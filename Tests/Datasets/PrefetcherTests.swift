import Dispatch
import Foundation
import GraftDatasets
import Synchronization
import Testing

struct PrefetcherTests {
  private struct Damaged: Error, Equatable { let index: Int }

  private func drain(_ prefetcher: Prefetcher<Int>) throws -> [Int] {
    var elements: [Int] = []
    while let element = try prefetcher.next() { elements.append(element) }
    return elements
  }

  @Test(arguments: [(1, 1), (2, 4), (8, 3), (3, 100)])
  func elementsComeInOrderWhateverTheirDuration(workers: Int, ahead: Int) throws {
    let prefetcher = Prefetcher(Array(0..<60), workers: workers, ahead: ahead) { index in
      // Later ones are often done first.
      Thread.sleep(forTimeInterval: index % 3 == 0 ? 0.004 : 0)
      return index * index
    }
    #expect(try drain(prefetcher) == (0..<60).map { $0 * $0 })
    #expect(try prefetcher.next() == nil)
  }

  @Test func nothingToProduceIsNoElement() throws {
    #expect(try Prefetcher([Int]()) { $0 }.next() == nil)
  }

  @Test func theFirstErrorIsThrownAtItsPlaceAndEndsTheSequence() throws {
    let prefetcher = Prefetcher(Array(0..<20), workers: 4, ahead: 8) { index in
      if index == 5 {
        Thread.sleep(forTimeInterval: 0.02)
        throw Damaged(index: 5)
      }
      if index == 7 { throw Damaged(index: 7) }
      return index
    }
    for index in 0..<5 { #expect(try prefetcher.next() == index) }
    #expect(throws: Damaged(index: 5)) { try prefetcher.next() }
    #expect(try prefetcher.next() == nil)
  }

  @Test func noMoreIsProducedAheadThanWasAllowed() throws {
    let begun = Atomic(0)
    let wanted = Atomic(0)
    let excess = Atomic(0)
    let beginning = DispatchSemaphore(value: 0)
    let prefetcher = Prefetcher(Array(0..<50), workers: 8, ahead: 3) { index in
      let number = begun.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
      // What the consumer has asked for was counted before it asked.
      let allowed = wanted.load(ordering: .sequentiallyConsistent) + 3
      excess.max(number - allowed, ordering: .sequentiallyConsistent)
      beginning.signal()
      return index
    }
    // As much as is allowed is begun without being asked for.
    for _ in 0..<3 { #expect(beginning.wait(timeout: .now() + 60) == .success) }
    for delivered in 0..<47 {
      wanted.wrappingAdd(1, ordering: .sequentiallyConsistent)
      #expect(try prefetcher.next() == delivered)
      #expect(beginning.wait(timeout: .now() + 60) == .success)
      #expect(begun.load(ordering: .sequentiallyConsistent) == delivered + 4)
    }
    #expect(excess.load(ordering: .sequentiallyConsistent) == 0)
  }

  @Test func workersRunBesideEachOther() throws {
    let (first, second) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let prefetcher = Prefetcher([0, 1], workers: 2) { index in
      // Each waits for the other: one thread alone would not get beyond the first.
      (index == 0 ? first : second).signal()
      return (index == 0 ? second : first).wait(timeout: .now() + 10) == .success
    }
    #expect(try prefetcher.next() == true)
    #expect(try prefetcher.next() == true)
  }

  @Test func cancelEndsTheSequenceAndWaitsForWhatWasBegun() throws {
    let running = Atomic(0)
    let prefetcher = Prefetcher(Array(0..<1000), workers: 3, ahead: 10) { index in
      running.wrappingAdd(1, ordering: .sequentiallyConsistent)
      Thread.sleep(forTimeInterval: 0.005)
      running.wrappingSubtract(1, ordering: .sequentiallyConsistent)
      return index
    }
    #expect(try prefetcher.next() == 0)
    prefetcher.cancel()
    #expect(running.load(ordering: .sequentiallyConsistent) == 0)
    #expect(try prefetcher.next() == nil)
  }

  @Test(arguments: [false, true])
  func threadsEndWhenTheConsumerStopsEarly(fails: Bool) throws {
    // The threads hold what they produce with; when it is gone, they are.
    final class Witness: Sendable {}
    weak var witness: Witness?
    do {
      let held = Witness()
      witness = held
      let prefetcher = Prefetcher(Array(0..<1000)) { [held] index in
        try withExtendedLifetime(held) {
          if fails && index == 1 { throw Damaged(index: 1) }
          return index
        }
      }
      #expect(try prefetcher.next() == 0)
      if fails { #expect(throws: Damaged.self) { try prefetcher.next() } }
    }
    for _ in 0..<500 where witness != nil { Thread.sleep(forTimeInterval: 0.01) }
    #expect(witness == nil)
  }
}
