import GraftDatasets
import GraftImages
import GraftTensor
import Synchronization

extension Dataset {
  /// The same data set, which makes each picture and each target once. Drawn faces are drawn anew for every look at
  /// them, which a study takes many of, and in a debug build each takes a twentieth of a second.
  package var remembered: Dataset {
    let targets = Memory<Int, Tensor>()
    return flatMap { index, sample in
      let picture = Content<Picture>(
        digest: { try sample.picture.digest },
        decode: { try pictures.value(of: sample.picture.digest) { try sample.picture.value } })
      let target: Target =
        switch sample.target {
        case .label: sample.target
        case .mask(let mask):
          .mask(
            Content(
              digest: { try mask.digest }, decode: { try targets.value(of: index) { try mask.value } }))
        }
      return [
        Sample(
          identifier: sample.identifier, person: sample.person, partition: sample.partition, picture: picture,
          target: target)
      ]
    }
  }
}

/// By their digests, whatever data sets show them: the faces of one test are often those of the next.
private let pictures = Memory<String, Picture>()

private final class Memory<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let values = Mutex<[Key: Value]>([:])

  /// Two threads may make one value at the same time; either is as good.
  func value(of key: Key, make: () throws -> Value) rethrows -> Value {
    if let known = values.withLock({ $0[key] }) { return known }
    let value = try make()
    values.withLock { $0[key] = value }
    return value
  }
}
