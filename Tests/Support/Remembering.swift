import GraftDatasets
import GraftImages
import GraftTensor
import Synchronization

extension PictureDataset {
  /// The same data set, which makes each picture and each target once. Drawn faces are drawn anew for every look at
  /// them, which a study takes many of, and in a debug build each takes a twentieth of a second.
  package var remembered: Remembering<Self> { Remembering(self) }
}

/// A data set with a memory.
package struct Remembering<Base: PictureDataset>: PictureDataset {
  private let base: Base
  private let targets = Memory<Int, Tensor>()

  fileprivate init(_ base: Base) { self.base = base }

  package var name: String { base.name }
  package var count: Int { base.count }
  package var classNames: [String] { base.classNames }
  package func identifier(at index: Int) -> String { base.identifier(at: index) }
  package func officialPart(at index: Int) -> OfficialPart? { base.officialPart(at: index) }
  package func person(at index: Int) -> String? { base.person(at: index) }
  package func pictureDigest(at index: Int) throws -> String { try base.pictureDigest(at: index) }
  package func targetDigest(at index: Int) throws -> String { try base.targetDigest(at: index) }

  package func picture(at index: Int) throws -> Picture {
    try pictures.value(of: base.pictureDigest(at: index)) { try base.picture(at: index) }
  }

  package func target(at index: Int) throws -> Tensor {
    try targets.value(of: index) { try base.target(at: index) }
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
