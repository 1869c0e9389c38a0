import Foundation
import GraftFiles
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import Synchronization
import TestSupport
import Testing

@testable import GraftTraining

/// Rows that a test makes up, in a store's file.
private struct Rows {
  let folder: URL
  let table: FeatureTable

  init(in folder: URL) throws {
    self.folder = folder
    let encoder = VGG(
      .vgg11, width: 2, preprocessing: Preprocessing(width: 32, height: 32, style: .tensorFlow))
    table = try FeatureTable(of: encoder, through: "block1", scalarType: .float32, .direct)
  }

  func hold(limit: Int = 1 << 20) throws -> RowHold { try RowHold(in: folder, limit: limit) }

  /// Stores a row of so many numbers, all of them `number`.
  @discardableResult
  func store(_ number: Int, count: Int = 1000, _ hold: RowHold) throws -> StoredRow {
    let row = NewRow(
      picture: picture(number), table: table,
      features: Tensor(repeating: Float(number), shape: [1, 1, count]), position: 0)
    return try hold.database.store([row], holding: hold) { _ in true }[0]
  }

  func find(_ numbers: [Int], _ hold: RowHold) throws -> [Int] {
    let found = try hold.database.find(numbers.map { table.rowKey(of: picture($0)) }, holding: hold)
    return numbers.filter { found[table.rowKey(of: picture($0))] != nil }
  }

  func read(_ rows: [StoredRow], count: Int = 1000, _ hold: RowHold) throws -> [Float] {
    let tensor = try hold.database.features(
      rows, shape: [1, count], scalarType: .float32, name: { "picture \($0)" })
    return tensor.scalars.enumerated().filter { $0.offset % count == 0 }.map(\.element)
  }

  var file: URL { folder.appendingPathComponent("features.mdb") }
  private func picture(_ number: Int) -> PictureKey { PictureKey(digest: "\(number)") }
}

@Suite(.long) struct FeatureDatabaseTests {
  @Test func whatWasUsedLeastRecentlyMakesRoom() throws {
    try withTemporaryFolder { folder in
      let rows = try Rows(in: folder)
      for number in 0..<4 {
        try rows.store(number, rows.hold())
        Thread.sleep(forTimeInterval: 0.005)
      }
      // Found again, the first is the last to go.
      #expect(try rows.find([0], rows.hold()) == [0])
      Thread.sleep(forTimeInterval: 0.005)
      let hold = try rows.hold()
      #expect(try hold.database.byteCount == 16000)
      try hold.database.makeRoom(limit: 16000)
      #expect(try hold.database.byteCount == 16000)
      try hold.database.makeRoom(limit: 11_999)
      #expect(try hold.database.byteCount == 8000)
      #expect(try rows.find([0, 1, 2, 3], hold) == [0, 3])
    }
  }

  @Test func rowsThatAreHeldStayUntilTheyAreLetGo() throws {
    try withTemporaryFolder { folder in
      let rows = try Rows(in: folder)
      var first: RowHold? = try rows.hold()
      try rows.store(1, #require(first))
      let second = try rows.hold()
      let own = try rows.store(2, second)
      try second.database.makeRoom(limit: 0)
      #expect(try second.database.byteCount == 8000)
      first = nil
      try second.database.makeRoom(limit: 0)
      #expect(try rows.find([1, 2], second) == [2])
      #expect(try rows.read([own], second) == [2])
    }
  }

  /// Its hold is in the file, and nobody locks the holder's file any more.
  @Test func whatAKilledProcessHeldGoes() throws {
    try withTemporaryFolder { folder in
      let rows = try Rows(in: folder)
      let number = try rows.store(1, rows.hold()).number
      let hold = try rows.hold()
      let dead = UUID()
      let key = withUnsafeBytes(of: dead.uuid) { Array($0) } + [UInt8](repeating: 0, count: 8)
      try hold.database.environment.write { try $0.put([number], under: key, in: hold.database.tables.holds) }
      let file = hold.database.lockFolder.appendingPathComponent("holder-\(dead.uuidString)")
      try Data().write(to: file)
      try hold.database.makeRoom(limit: 0)
      #expect(try hold.database.byteCount == 0 && !FileSystem.exists(file))
      var holds = 0
      try hold.database.environment.read { transaction in
        try transaction.forEach(in: hold.database.tables.holds) { _, _ in holds += 1 }
      }
      #expect(holds == 0)
    }
  }

  @Test func filesOfHoldersThatWereKilledGoWhenTheStoreIsOpened() throws {
    try withTemporaryFolder { folder in
      let rows = try Rows(in: folder)
      try rows.store(1, rows.hold())
      let file = folder.appendingPathComponent("locks/holder-\(UUID().uuidString)")
      try Data().write(to: file)
      withExtendedLifetime(try rows.hold()) { #expect(!FileSystem.exists(file)) }
    }
  }

  @Test func theNumberOfARowIsNeverUsedAgain() throws {
    try withTemporaryFolder { folder in
      let rows = try Rows(in: folder)
      let old = try rows.store(1, rows.hold())
      try rows.hold().database.makeRoom(limit: 0)
      let hold = try rows.hold()
      let new = try rows.store(2, hold)
      #expect(new.number != old.number)
      let error = #expect(throws: FeatureStoreError.self) { try rows.read([old], hold) }
      #expect(error?.description.contains("the features of picture 0 are not there any more") == true)
    }
  }

  @Test func aMapThatIsTooSmallGrows() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("small.mdb")
      let environment = try LMDBEnvironment(file, mapByteCount: 256 << 10, readOnly: false)
      defer { environment.close() }
      let table = try #require(try environment.tables(["rows"], integerKeys: [])["rows"])
      for number in UInt8(0)..<20 {
        try environment.write { transaction in
          try transaction.put(byteCount: 100_000, under: [number], in: table) { bytes in
            for index in bytes.indices { bytes[index] = number }
          }
        }
      }
      environment.setLandmark([0], in: table)
      for number in UInt8(0)..<20 {
        var row = [UInt8](repeating: 0xff, count: 100_000)
        let isThere = try environment.read { transaction in
          try row.withUnsafeMutableBytes {
            try environment.copy([number], in: table, of: transaction, into: $0)
          }
        }
        #expect(isThere && row.allSatisfy { $0 == number })
      }
    }
  }

  /// The place in the file is told from a page's number, which is compared with the file: else rows are read from the map.
  @Test func rowsAreReadBesideTheMap() throws {
    try withTemporaryFolder { folder in
      let rows = try Rows(in: folder)
      let hold = try rows.hold()
      let stored =
        try (1...5).map { try rows.store($0, count: 30_000, hold) } + [rows.store(6, count: 30_000, hold)]
      #expect(try rows.read(stored, count: 30_000, hold) == [1, 2, 3, 4, 5, 6])
      let base = hold.database.environment.base.withLock { $0 }
      guard case .address = base else {
        Issue.record("The map's beginning was not found: \(base)")
        return
      }
      // The same from the map.
      hold.database.environment.base.withLock { $0 = .unknowable }
      #expect(try rows.read(stored, count: 30_000, hold) == [1, 2, 3, 4, 5, 6])
    }
  }
}

@Suite(.long) struct FeatureStoreDamageTests {
  @Test func aDamagedRowIsFoundAndNamed() throws {
    try withTemporaryFolder { folder in
      let rows = try Rows(in: folder)
      var hold: RowHold? = try rows.hold()
      let stored = try (1...3).map { try rows.store($0, count: 10_000, #require(hold)) }
      hold = nil
      var bytes = try Data(contentsOf: rows.file)
      let two = withUnsafeBytes(of: Float(2)) { Data($0) }
      let place = try #require(bytes.range(of: two + two + two)).lowerBound
      bytes[place + 5000] ^= 1
      try bytes.write(to: rows.file)
      let again = try rows.hold()
      #expect(try rows.read([stored[0], stored[2]], count: 10_000, again) == [1, 3])
      let error = #expect(throws: FeatureStoreError.self) { try rows.read(stored, count: 10_000, again) }
      #expect(error?.description.contains("the features of picture 1 do not fit their checksum") == true)
      #expect(error?.description.contains("Remove the file") == true)
      #expect(error?.description.hasPrefix(rows.file.path) == true)
    }
  }

  @Test func aFileOfSomethingElseIsNoStore() throws {
    try withTemporaryFolder { folder in
      let rows = try Rows(in: folder)
      try Data(repeating: 7, count: 100_000).write(to: rows.file)
      let error = #expect(throws: FeatureStoreError.self) { try rows.hold() }
      #expect(error?.description.contains("no feature store") == true)
      // Removed, as the sentence says, it is made anew.
      try FileManager.default.removeItem(at: rows.file)
      try rows.store(1, rows.hold())
    }
  }

  @Test func aFileThatWasCutIsNoStore() throws {
    try withTemporaryFolder { folder in
      let rows = try Rows(in: folder)
      for number in 1...4 { try rows.store(number, count: 200_000, rows.hold()) }
      let bytes = try Data(contentsOf: rows.file)
      try bytes.prefix(bytes.count / 2).write(to: rows.file)
      let error = #expect(throws: FeatureStoreError.self) { try rows.hold() }
      #expect(error?.description.contains("its end is missing") == true)
      #expect(error?.description.contains("Remove the file") == true)
    }
  }

  @Test func anotherVersionIsNoStore() throws {
    try withTemporaryFolder { folder in
      let rows = try Rows(in: folder)
      func write(_ format: UInt64) throws {
        let database = try rows.hold().database
        try database.environment.write { transaction in
          try transaction.put([format], under: FeatureDatabase.Tables.formatKey, in: database.tables.state)
        }
      }
      try write(99)
      let error = #expect(throws: FeatureStoreError.self) { try rows.hold() }
      #expect(error?.description.contains("this version of Graft") == true)
    }
  }

  @Test func everyStatusBecomesASentence() throws {
    let file = URL(fileURLWithPath: "/features.mdb")
    func sentence(_ status: Int32) -> String {
      do {
        return "\(try checkLMDB(status, "write it", file))"
      } catch {
        return "\(error)"
      }
    }
    #expect(sentence(0) == "done" && sentence(-30798) == "notFound" && sentence(-30799) == "alreadyThere")
    #expect(sentence(ENOSPC).contains("could not write it: No space left on device. Make room"))
    #expect(sentence(-30792) == "full" && sentence(-30785) == "outgrown")
    #expect(sentence(-30796).contains("Remove the file"))
    #expect(sentence(-30790).contains("too many programs"))
  }

  @Test func aFolderThatCannotBeWrittenIsReadAndNoMore() throws {
    try withTemporaryFolder { folder in
      let rows = try Rows(in: folder)
      var writing: RowHold? = try rows.hold()
      let stored = try rows.store(1, #require(writing))
      writing = nil
      // What the superuser could write all the same.
      let environment = try LMDBEnvironment(rows.file, mapByteCount: 1 << 20, readOnly: true)
      defer { environment.close() }
      let table = try #require(
        try environment.tables(["rows", "uses"], integerKeys: ["rows", "uses"])["rows"])
      var numbers = [Float](repeating: 0, count: 1000)
      let isThere = try environment.read { transaction in
        try numbers.withUnsafeMutableBytes { bytes in
          try environment.copy(
            withUnsafeBytes(of: stored.number) { Array($0) }, in: table, of: transaction, into: bytes)
        }
      }
      #expect(isThere && numbers == [Float](repeating: 1, count: 1000))
      let error = #expect(throws: FileError.self) {
        try environment.write { try $0.put([1], under: [1, 2, 3, 4, 5, 6, 7, 8], in: table) }
      }
      #expect(error?.description.contains("begin a transaction on it") == true)
    }
  }

  @Test func aFolderOnANetworkIsRefused() throws {
    try withTemporaryFolder { folder in
      let path = String(decoding: try #require(FileSystem.realPath(of: folder)), as: UTF8.self)
      func mounts(_ type: String) -> MountTable {
        MountTable(Array("/dev/sda / ext4 rw 0 0\nserver:/home \(path) \(type) rw 0 0\n".utf8))
      }
      try NetworkFileSystem.refuse(folder, mounts("xfs"))
      try NetworkFileSystem.refuse(folder, .current)
      let error = #expect(throws: FeatureStoreError.self) {
        try NetworkFileSystem.refuse(folder, mounts("nfs4"))
      }
      #expect(error?.description.contains("on a network (nfs4)") == true)
    }
  }
}
