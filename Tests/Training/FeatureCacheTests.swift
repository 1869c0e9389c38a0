import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
@testable import GraftTraining
import TestSupport
import Testing

@Suite(.long) struct FeatureCacheTests {
  private func encoder(_ style: Preprocessing.Style = .tensorFlow) -> VGG {
    VGG(
      .vgg16, width: 2, preprocessing: Preprocessing(width: 32, height: 32, style: style),
      random: RandomStream(seed: 4))
  }

  private func files(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  /// How many pictures a call computes, and what it gives.
  private func features(
    of data: Shades, by encoder: VGG, _ cache: FeatureCache
  ) throws -> (computed: Int, rows: [Float]) {
    var done = 0
    let features = try cache.features(of: data, by: encoder, through: "block4") { now, _ in done = now }
    return (done, try features.rows(Array(0..<data.count)).scalars)
  }

  @Test func otherPixelsUnderTheSameNamesAreComputedAnew() throws {
    try withTemporaryFolder { folder in
      let cache = FeatureCache(in: folder)
      let (data, encoder) = (Shades(count: 5), encoder())
      var changed = data
      changed.offset = 40
      let first = try features(of: data, by: encoder, cache)
      let again = try features(of: data, by: encoder, cache)
      let other = try features(of: changed, by: encoder, cache)
      #expect(first.computed == 5 && again.computed == 0 && other.computed == 5)
      #expect(first.rows == again.rows && first.rows != other.rows)
    }
  }

  @Test func anotherPreprocessingOfTheSameWeightsIsComputedAnew() throws {
    try withTemporaryFolder { folder in
      let cache = FeatureCache(in: folder)
      let data = Shades(count: 5)
      let (one, two) = (encoder(), encoder(.caffe))
      #expect(one.digest(through: "block5") == two.digest(through: "block5"))
      let first = try features(of: data, by: one, cache)
      let other = try features(of: data, by: two, cache)
      #expect(first.computed == 5 && other.computed == 5 && first.rows != other.rows)
    }
  }

  @Test func aLimitThatIsTooSmallLetsATrainingKeepWhatItUses() throws {
    final class Count: TrainingObserver {
      var dones: [String: [Int]] = [:]
      var kept: [(byteCount: Int, limit: Int)] = []
      func observe(_ event: TrainingEvent) {
        switch event {
        case .features(let dataset, let done, _): dones[dataset, default: []].append(done)
        case .featuresKept(_, _, let byteCount, let limit): kept.append((byteCount, limit))
        default: break
        }
      }
    }
    try withTemporaryFolder { folder in
      let encoder = encoder()
      encoder.freeze(through: "block4")
      let count = Count()
      let trainer = Trainer(
        ClassificationNetwork.gender(encoder), loss: .softmaxCrossEntropy, optimizer: SGD(.keras),
        cache: FeatureCache(in: folder, limit: 1), observers: [count])
      var (training, validation) = (Shades(count: 8), Shades(count: 6))
      (training.name, validation.name, validation.offset) = ("training", "validation", 9)
      for part in [training, validation] { try trainer.cacheFeatures(of: part) }
      _ = try trainer.fit(
        training.batches(of: 4), validation: validation.batches(of: 4), until: .epochs(2))
      // Each in two batches of four, once.
      #expect(count.dones == ["training": [4, 8], "validation": [4, 6]])
      #expect(count.kept.map(\.limit) == [1, 1] && count.kept.allSatisfy { $0.byteCount > 64 })
      #expect(try files(in: folder).filter { $0.hasSuffix(".features") }.count == 2)
    }
  }

  @Test func aFileThatAnotherProcessRemovesIsComputedAgain() throws {
    try withTemporaryFolder { folder in
      let cache = FeatureCache(in: folder)
      let (data, encoder) = (Shades(count: 5), encoder())
      let held = try cache.features(of: data, by: encoder, through: "block4")
      let file = try #require(try files(in: folder).first { $0.hasSuffix(".features") })
      try FileManager.default.removeItem(at: folder.appendingPathComponent(file))
      // Who had it open keeps it.
      let before = try held.rows([0, 4]).scalars
      #expect(try features(of: data, by: encoder, cache).computed == 5)
      #expect(try held.rows([0, 4]).scalars == before)
    }
  }
}

struct FeatureFolderTests {
  private func write(_ name: String, bytes: Int, age: Double, in folder: URL) throws -> URL {
    let file = folder.appendingPathComponent(name)
    try Data(count: bytes).write(to: file)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: file.path)
    return file
  }

  private func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func whatWasUsedLeastRecentlyMakesRoomAndWhatIsInUseStays() throws {
    try withTemporaryFolder { folder in
      let oldest = try write("a.features", bytes: 100, age: 400, in: folder)
      _ = try write("b.features", bytes: 100, age: 300, in: folder)
      _ = try write("c.features", bytes: 100, age: 200, in: folder)
      _ = try write("other.txt", bytes: 1000, age: 500, in: folder)
      let open = try OpenFile(oldest, O_RDONLY)
      #expect(try open.lock(.shared) == .taken)
      try FeatureFolder(folder).makeRoom(limit: 250)
      #expect(try names(in: folder) == ["a.features", "c.features", "other.txt"])
      // Used just now, it is the last to go.
      let second = try OpenFile(folder.appendingPathComponent("c.features"), O_RDONLY)
      open.markAsUsed()
      withExtendedLifetime(open) {}
      withExtendedLifetime(second) {}
      try FeatureFolder(folder).makeRoom(limit: 100)
      #expect(try names(in: folder) == ["a.features", "other.txt"])
    }
  }

  @Test func whatAKilledRunLeftHalfWrittenCountsAndGoes() throws {
    try withTemporaryFolder { folder in
      _ = try write("a.features.partial", bytes: 300, age: 400, in: folder)
      _ = try write("a.features.progress", bytes: 2, age: 400, in: folder)
      _ = try write("b.features", bytes: 100, age: 300, in: folder)
      let writer = try FeatureWriter(file: folder.appendingPathComponent("c.features"), scalarType: .float32)
      try writer.append(Tensor(shape: [1, 400], scalars: [Float](repeating: 1, count: 400)), rows: 1)
      try FeatureFolder(folder).makeRoom(limit: 1800)
      #expect(try names(in: folder) == ["b.features", "c.features.partial"])
      // Somebody is writing it.
      try FeatureFolder(folder).makeRoom(limit: 0)
      #expect(try names(in: folder) == ["c.features.partial"])
      try writer.finish()
      #expect(try names(in: folder) == ["c.features"])
    }
  }

  @Test func aFileSystemWithoutLocksHasACacheAllTheSame() throws {
    for code in [ENOLCK, EOPNOTSUPP, ENOSYS] {
      #expect(OpenFile.LockOutcome(failedWith: code) == .unsupported)
    }
    #expect(OpenFile.LockOutcome(failedWith: EWOULDBLOCK) == .busy)
    #expect(OpenFile.LockOutcome(failedWith: EBADF) == nil)
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("a.features")
      // What another process has begun there is left to it.
      let other = try FeatureWriter(file: file, scalarType: .float32)
      try other.append(Tensor(shape: [1, 1], scalars: [5]), rows: 1)
      let writer = try FeatureWriter(file: file, scalarType: .float32) { _ in .unsupported }
      try writer.append(Tensor(shape: [1, 1], scalars: [7]), rows: 1)
      try writer.finish()
      #expect(try CachedFeatures(file: file, count: 1, scalarType: .float32).rows([0]).scalars == [7])
      withExtendedLifetime(other) {}
    }
  }

  @Test(arguments: [
    "graft features 2: -4 2", "graft features 2: 9223372036854775807 9", "graft features 2: 4 x",
    "graft features 2:",
  ])
  func aDamagedHeaderIsNoHeader(_ header: String) throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("a.features")
      let line = header.padding(toLength: 63, withPad: " ", startingAt: 0) + "\n"
      try (Data(line.utf8) + Data(count: 100)).write(to: file)
      let error = #expect(throws: FeatureFileError.self) {
        try CachedFeatures(file: file, count: 1, scalarType: .float32)
      }
      #expect(error?.description.contains("no cached features") == true)
    }
  }
}
