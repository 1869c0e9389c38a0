import Foundation
import GraftTensor

/// Produces elements on threads of its own while the consumer works on the one before, and hands them out in order.
///
/// What is produced from each input does not depend on the others, nor on the number of threads. The first error is
/// thrown at its place, after all elements before it, and ends the sequence.
///
/// ```swift
/// let batches = Prefetcher(lists) { try faces.batch(at: $0, preprocessing: preprocessing) }
/// while let batch = try batches.next() { … }
/// ```
/// A consumer that stops early lets go of the prefetcher: its threads then finish what they have begun, and end.
public final class Prefetcher<Element: Sendable>: Sendable {
  private let line: Line

  /// Starts to produce.
  ///
  /// - Parameters:
  ///   - inputs: what each element is made of, in the order in which elements are wanted.
  ///   - workers: how many threads produce.
  ///   - ahead: how many elements at most are ready or being made at a time, besides the one that the consumer has.
  ///   - produce: makes an element; is called on several threads at a time.
  public init<Input: Sendable>(
    _ inputs: [Input], workers: Int = 2, ahead: Int = 4,
    produce: @escaping @Sendable (Input) throws -> Element
  ) {
    require(workers > 0 && ahead > 0, "A prefetcher has at least one worker and one element ahead.")
    let line = Line(count: inputs.count, ahead: ahead)
    self.line = line
    for _ in 0..<min(workers, ahead, inputs.count) {
      // A thread of its own: the cooperative pool must never wait for a disk.
      let thread = Thread { line.work { index in try produce(inputs[index]) } }
      thread.name = "graft-prefetch"
      thread.start()
    }
  }

  /// The next element, waited for if need be; nil after the last one, after an error, and after ``cancel()``.
  public func next() throws -> Element? { try line.next() }

  /// Ends the sequence, and returns when no thread works for it any more.
  public func cancel() {
    line.cancel()
    line.waitForWorkers()
  }

  deinit { line.cancel() }

  /// What consumer and workers share; everything in it is guarded by the condition.
  private final class Line: @unchecked Sendable {
    private let condition = NSCondition()
    private let count: Int
    private let ahead: Int
    private var begun = 0
    private var delivered = 0
    private var ready: [Int: Result<Element, any Error>] = [:]
    private var isOver = false
    private var busy = 0

    init(count: Int, ahead: Int) {
      self.count = count
      self.ahead = ahead
    }

    func next() throws -> Element? {
      let result: Result<Element, any Error>? = condition.withLock {
        while !isOver && delivered < count && ready[delivered] == nil { condition.wait() }
        guard !isOver, let result = ready.removeValue(forKey: delivered) else { return nil }
        delivered += 1
        if case .failure = result { end() }
        condition.broadcast()
        return result
      }
      return try result?.get()
    }

    func work(_ produce: (Int) throws -> Element) {
      while let index = take() {
        let result = Result { try produce(index) }
        condition.withLock {
          busy -= 1
          if !isOver { ready[index] = result }
          condition.broadcast()
        }
      }
    }

    func cancel() { condition.withLock { end() } }

    func waitForWorkers() {
      condition.withLock { while busy > 0 { condition.wait() } }
    }

    /// The next index to be produced, waited for while enough is ready; nil if there is nothing more to do.
    private func take() -> Int? {
      condition.withLock {
        while !isOver && begun < count && begun >= delivered + ahead { condition.wait() }
        guard !isOver, begun < count else { return nil }
        begun += 1
        busy += 1
        return begun - 1
      }
    }

    private func end() {
      isOver = true
      ready = [:]
      condition.broadcast()
    }
  }
}
