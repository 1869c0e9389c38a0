import Foundation
import GraftFiles
import GraftImages
import GraftTensor

extension CelebA {
  /// The pictures of CelebA with one attribute as what is to be learned.
  public struct Attribute: PictureDataset {
    let celebA: CelebA
    let column: Int
    /// What 0 and 1 stand for, such as `female` and `male`.
    public let classNames: [String]

    /// For instance `celeba-male`.
    public var name: String { "celeba-\(celebA.attributeNames[column].lowercased())" }
    /// How many pictures there are.
    public var count: Int { celebA.files.count }
    /// The picture's file name, such as `000001.jpg`.
    public func identifier(at index: Int) -> String { celebA.table.fileNames[index].identifier }
    /// The part of the official partition, if its file is there.
    public func officialPart(at index: Int) -> OfficialPart? { celebA.partition?[index] }
    /// The number of the person, if the identity file is there.
    public func person(at index: Int) -> String? { celebA.identities.map { String($0[index]) } }

    /// Whether the picture has the attribute.
    public func isPositive(at index: Int) -> Bool { celebA.table.value(row: index, column: column) }

    /// The decoded picture, 178 pixels wide and 218 high in the aligned release.
    public func picture(at index: Int) throws -> Picture {
      try Picture(contentsOf: file(at: index))
    }

    private func file(at index: Int) -> URL { celebA.pictures.appending(celebA.files[index]) }

    /// SHA-256 of the picture's file.
    public func pictureDigest(at index: Int) throws -> String {
      try SHA256.digest(of: file(at: index))
    }

    /// 1 if the picture has the attribute, else 0: an int32 scalar.
    public func target(at index: Int) throws -> Tensor {
      Tensor(shape: [], integers: [isPositive(at: index) ? 1 : 0])
    }

    /// Which of the pictures to take when not all are wanted.
    public enum Selection: String, Sendable, Codable, CaseIterable {
      /// Drawn by a seed, whatever their attribute: the balance stays as it is in nature, or in CelebA at least.
      case random
      /// Drawn by a seed, as many with the attribute as without it.
      case balanced
      /// The first ones of the list.
      case first
    }

    /// Some pictures of the official training part, in the order of the list, to be split into training and validation; and
    /// some of the official test part, if they are asked for, to be set aside.
    ///
    /// The paper took 12,000 and does not say which; drawing them at random from the training part leaves the official
    /// validation part unseen, and the official test part but for what is measured at the end.
    ///
    /// - Parameters:
    ///   - limit: how many of the training part at most; all there are if they are fewer.
    ///   - testLimit: how many of the test part at most, beside them.
    ///   - selection: which ones of each part.
    ///   - seed: draws them; the same on every machine.
    /// - Throws: ``DatasetError`` if there is no partition file.
    public func trainingPool(
      limit: Int = 12_000, testLimit: Int = 0, selection: Selection = .random, seed: UInt64
    ) throws -> Subset {
      try pool([(.training, limit), (.test, testLimit)], selection: selection, seed: seed)
    }

    /// Some pictures of each official part, in the order of the list, to be split as their publishers did: nobody is in two
    /// parts.
    ///
    /// - Parameters:
    ///   - limit: how many at most, of the training and the validation part together.
    ///   - validationFraction: how many of them are of the validation part.
    ///   - testLimit: how many of the test part at most, beside them.
    ///   - selection: which ones of each part.
    ///   - seed: draws them; the same on every machine.
    /// - Throws: ``DatasetError`` if there is no partition file.
    public func officialPool(
      limit: Int = 12_000, validationFraction: Double = 0.1, testLimit: Int = 0,
      selection: Selection = .random, seed: UInt64
    ) throws -> Subset {
      require(
        (0...1).contains(validationFraction),
        "A part of a data set is a fraction from 0 to 1, not \(validationFraction).")
      let trainingCount = Int(Double(limit) * (1 - validationFraction))
      let parts: [(OfficialPart, Int)] = [
        (.training, trainingCount), (.validation, limit - trainingCount), (.test, testLimit),
      ]
      return try pool(parts, selection: selection, seed: seed)
    }

    private func pool(
      _ limits: [(part: OfficialPart, limit: Int)], selection: Selection, seed: UInt64
    ) throws -> Subset {
      let pools = try limits.filter { $0.limit > 0 }.map { part, limit in
        try pool(of: part, limit: limit, selection: selection, seed: seed)
      }
      return Subset(of: self, indices: pools.flatMap(\.indices).sorted(), name: name)
    }

    private func pool(
      of part: OfficialPart, limit: Int, selection: Selection, seed: UInt64
    ) throws -> Subset {
      guard celebA.partition != nil else {
        throw DatasetError(
          celebA.pictures, "the official partition of these pictures is not known",
          remedy: "Put list_eval_partition.txt (or .csv) beside list_attr_celeba.txt.")
      }
      let pictures = try self.part(part)
      switch selection {
      case .random:
        let drawn = pictures.sample(limit, seed: seed)
        return Subset(of: self, indices: drawn.indices.map { pictures.indices[$0] }, name: drawn.name)
      case .first:
        return Subset(of: self, indices: Array(pictures.indices.prefix(limit)), name: pictures.name)
      case .balanced:
        let order = RandomStream(seed: seed).child("sample").shuffled(pictures.indices)
        let positive = order.filter(isPositive(at:))
        let negative = order.filter { !isPositive(at: $0) }
        let half = min(limit / 2, positive.count, negative.count)
        let chosen = (positive.prefix(half) + negative.prefix(half)).sorted()
        return Subset(of: self, indices: chosen, name: pictures.name)
      }
    }
  }
}
