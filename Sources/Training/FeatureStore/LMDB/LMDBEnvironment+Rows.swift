import CGraftLMDB
import Foundation
import GraftFiles
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Large values are read from the file, not from the map: pages of the map count as the program's memory, and here they
/// would be most of it.
extension LMDBEnvironment {
  /// Where the map begins in memory.
  enum MapBase {
    case unknown, address(UInt)
    /// Pages of this version of LMDB do not say where they are in the file.
    case unknowable
  }

  /// Copies the bytes under a key.
  ///
  /// - Parameter buffer: as long as the value should be.
  /// - Returns: false if there is no such key.
  /// - Throws: ``FeatureStoreError`` if the value is of another length; `FileError`.
  func copy(
    _ key: [UInt8], in table: Table, of transaction: LMDBTransaction,
    into buffer: UnsafeMutableRawBufferPointer
  ) throws -> Bool {
    guard let value = try transaction.value(key, in: table), let start = value.baseAddress else {
      return false
    }
    guard value.count == buffer.count else {
      throw FeatureStoreError.damaged(
        file, "it has a row of \(value.count) bytes, which should be \(buffer.count)")
    }
    if let base = try mapBase(of: transaction) {
      guard try descriptor.read(into: buffer, at: Int(UInt(bitPattern: start) - base)) == buffer.count else {
        throw FeatureStoreError.damaged(file, "its end is missing")
      }
    } else {
      buffer.copyMemory(from: value)
    }
    return true
  }

  /// Gives the pages of the map that were looked at back to the system, which keeps them as long as there is memory: they would
  /// count as the program's.
  func releaseMappedPages() throws {
    try read { transaction in
      guard let base = try mapBase(of: transaction).flatMap({ UnsafeMutableRawPointer(bitPattern: $0) })
      else {
        return
      }
      // Only advice: where it is not taken, nothing is lost.
      madvise(base, try mapByteCount, Int32(MADV_DONTNEED))
    }
  }

  private func mapBase(of transaction: LMDBTransaction) throws -> UInt? {
    switch base.withLock({ $0 }) {
    case .address(let address): return address
    case .unknowable: return nil
    case .unknown:
      let found = try findMapBase(of: transaction)
      base.withLock { $0 = found.map(MapBase.address) ?? .unknowable }
      return found
    }
  }

  /// A page of LMDB's begins with its number. That is not promised, so the same page is read from the file and compared.
  private func findMapBase(of transaction: LMDBTransaction) throws -> UInt? {
    guard let landmark, let value = try transaction.value(landmark.key, in: landmark.table)?.baseAddress
    else {
      return nil
    }
    let size = UInt(pageByteCount)
    let page = UInt(bitPattern: value) / size * size
    guard let memory = UnsafeRawPointer(bitPattern: page) else { return nil }
    let number = memory.load(as: UInt64.self)
    guard number < UInt64(page / size) else { return nil }
    var copy = [UInt8](repeating: 0, count: pageByteCount)
    let isSame = try copy.withUnsafeMutableBytes { bytes in
      guard try descriptor.read(into: bytes, at: Int(number) * pageByteCount) == bytes.count,
        let start = bytes.baseAddress
      else { return false }
      return memcmp(start, memory, bytes.count) == 0
    }
    return isSame ? page - UInt(number) * size : nil
  }
}
