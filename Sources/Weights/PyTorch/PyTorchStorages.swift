import Foundation
import GraftFiles
import Synchronization

/// The numbers of a PyTorch file: one record for each storage.
struct PyTorchStorages: Sendable {
  /// The whole file.
  let bytes: Bytes
  let isBigEndian: Bool
  private let records: Records

  private enum Records {
    /// The members of a zip file, below this folder.
    case members(ZipArchive, folder: String, verified: VerifiedMembers)
    /// Parts of a file that is no archive.
    case parts([String: Bytes])
  }

  /// Of the members of an archive, those whose checksums were found right: many tensors may share one.
  private final class VerifiedMembers: Sendable {
    let names = Mutex<Set<String>>([])
  }

  /// Checks that the numbers of all tensors are there, and together not out of proportion to the file.
  ///
  /// - Throws: ``WeightFileError``.
  func check(_ tensors: [(name: String, tensor: PyTorchTensor)]) throws {
    var limit = RepetitionLimit(bytes)
    for (name, tensor) in tensors {
      let shape = tensor.dimensions.map(String.init).joined(separator: "×")
      guard let place = tensor.place,
        let byteCount = StoredScalars.byteCount(of: tensor.dimensions, scalarByteCount: tensor.type.byteCount)
      else {
        throw damaged(
          name,
          "its shape \(shape) with the strides \(tensor.order.strides) from \(tensor.offset) on does not lie inside "
            + "its storage of \(tensor.storage.view?.count ?? tensor.storage.count) elements")
      }
      let recordCount = try record(of: tensor.storage, name: name).count
      guard recordCount == tensor.storage.byteCount else {
        let wanted = tensor.storage.byteCount.map(String.init) ?? "too many"
        throw damaged(
          name, "its storage \(tensor.storage.key) has \(recordCount) bytes in place of \(wanted)")
      }
      // Strides of 0 repeat numbers; long ones read far more than there are.
      try limit.count(max(place.count, byteCount), of: name)
    }
  }

  /// The bytes from the first number of a tensor to its last.
  ///
  /// - Throws: ``WeightFileError``, also if the checksum of its record is not right.
  func bytes(of tensor: PyTorchTensor, name: String) throws -> Bytes {
    let record = try record(of: tensor.storage, name: name)
    if case .members(let archive, let folder, let verified) = records,
      let member = archive[Self.member(tensor.storage.key, in: folder)],
      !verified.names.withLock({ $0.contains(member.name) })
    {
      try archive.verify(record, of: member, needsChecksum: false)
      _ = verified.names.withLock { $0.insert(member.name) }
    }
    guard let place = tensor.place, let numbers = record.slice(from: place.lowerBound, count: place.count)
    else {
      throw damaged(name, "its numbers do not lie inside its storage")
    }
    return numbers
  }

  private func record(of storage: PyTorchStorage, name: String) throws -> Bytes {
    switch records {
    case .parts(let parts):
      guard let part = parts[storage.key] else {
        throw damaged(name, "its storage \(storage.key) is missing")
      }
      return part
    case .members(let archive, let folder, _):
      guard let member = archive[Self.member(storage.key, in: folder)] else {
        throw damaged(name, "its storage \(Self.member(storage.key, in: folder)) is missing")
      }
      return try Self.stored(member, in: archive)
    }
  }

  /// The bytes of a member, which is read in place and perhaps many times: none may be compressed.
  private static func stored(_ member: ZipArchive.Member, in archive: ZipArchive) throws -> Bytes {
    guard member.method == 0 else {
      throw WeightFileError(
        .unsupported, archive.bytes.file, part: member.name, "it is compressed, and PyTorch never compresses",
        remedy: "In Python, load the file and save it again with torch.save.")
    }
    return try archive.data(of: member)
  }

  private static func member(_ key: String, in folder: String) -> String { "\(folder)/data/\(key)" }

  private func damaged(_ part: String, _ problem: String) -> WeightFileError {
    WeightFileError(.damaged, bytes.file, part: part, problem)
  }
}

// MARK: The two forms

extension PyTorchStorages {
  /// The form since version 1.6: a zip file with the pickle as `data.pkl` and each storage as a member `data/0`, …
  ///
  /// - Throws: ``WeightFileError``.
  static func zipped(_ archive: ZipArchive) throws -> (Pickle, PyTorchStorages) {
    let suffix = "/data.pkl"
    guard let member = archive.members.first(where: { $0.name.hasSuffix(suffix) }) else {
      throw FileSignature.zip.error(archive.bytes.file, wanted: "a PyTorch file")
    }
    let folder = String(member.name.dropLast(suffix.count))
    let content = try stored(member, in: archive)
    try archive.verify(content, of: member, needsChecksum: false)
    var isBigEndian = false
    if let order = archive["\(folder)/byteorder"] {
      let text = try stored(order, in: archive).text
      guard text == "little" || text == "big" else {
        throw WeightFileError(.damaged, archive.bytes.file, part: order.name, "this is no order of bytes")
      }
      isBigEndian = text == "big"
    }
    let storages = PyTorchStorages(
      bytes: archive.bytes, isBigEndian: isBigEndian,
      records: .members(archive, folder: folder, verified: VerifiedMembers()))
    return (try PickleReader.pickle(content, part: member.name), storages)
  }

  /// The form before version 1.6: a pickled number, a pickled version, a pickled description of the machine, the pickled
  /// object, the pickled list of the storages' keys, and for each of them a count in eight bytes and the numbers.
  ///
  /// - Throws: ``WeightFileError``.
  static func sequential(_ bytes: Bytes) throws -> (Pickle, PyTorchStorages) {
    let number = try PickleReader.pickle(bytes, part: "magic number")
    let version = try PickleReader.pickle(bytes, at: number.end, part: "version")
    guard case .integer(1001) = version.root else {
      throw WeightFileError(.unsupported, bytes.file, "this version of PyTorch's old format is unknown")
    }
    let machine = try PickleReader.pickle(bytes, at: version.end, part: "description of the machine")
    let pickle = try PickleReader.pickle(bytes, at: machine.end, part: "pickle")
    let keys = try PickleReader.pickle(bytes, at: pickle.end, part: "list of storages")
    // Whatever the machine says: PyTorch brings the numbers of this form to one order.
    let records = Records.parts(try parts(bytes, keys, pickle))
    return (pickle, PyTorchStorages(bytes: bytes, isBigEndian: false, records: records))
  }

  private static func parts(_ bytes: Bytes, _ keys: Pickle, _ pickle: Pickle) throws -> [String: Bytes] {
    func damaged(_ problem: String) -> WeightFileError {
      WeightFileError(.damaged, bytes.file, part: keys.part, problem)
    }
    var storages: [String: PyTorchStorage] = [:]
    for case .storage(let storage) in pickle.objects { storages[storage.key] = storage }
    guard case .object(let list) = keys.root, case .list(let values) = keys.objects[list] else {
      throw damaged("it is no list")
    }
    var parts: [String: Bytes] = [:]
    var position = keys.end
    for value in values {
      guard case .text(let text) = value, text.count < 100, let key = text.text, let storage = storages[key]
      else {
        throw damaged("it has a key that no tensor has")
      }
      guard let count = bytes.littleEndian(Int.self, at: position),
        let byteCount = StoredScalars.byteCount(of: [count], scalarByteCount: storage.type?.byteCount ?? 1),
        let part = bytes.slice(from: position + 8, count: byteCount)
      else { throw damaged("the file is cut off in the storage \(key)") }
      guard parts.updateValue(part, forKey: key) == nil else { throw damaged("it has the key \(key) twice") }
      position += 8 + byteCount
    }
    guard position == bytes.count else {
      throw damaged("\(bytes.count - position) bytes follow the last storage, perhaps a second object")
    }
    return parts
  }
}
