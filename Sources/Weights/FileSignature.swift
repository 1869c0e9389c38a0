import Foundation
import GraftFiles

/// What a file is by its first bytes, whatever it is called.
enum FileSignature: Equatable {
  case hdf5
  case safetensors
  case npz
  case npy
  case kerasArchive
  case pyTorch
  case oldestPyTorch
  case torchScript
  case zip
  case pickle
  case caffe
  case onnx
  case matlab
  case tar
  case gzip
  case webPage
  case gitLFSPointer(promisedCount: Int?)
  case empty
  case unknown

  init(_ bytes: Bytes) {
    if bytes.count == 0 {
      self = .empty
    } else if let match = Self.magicNumbers.first(where: { bytes.starts(with: $0.magic, at: $0.offset) }) {
      self = match.signature == .zip ? Self.archive(bytes) : match.signature
    } else if HDF5File.Superblock.offset(in: bytes) != nil {
      self = .hdf5
    } else if SafetensorsHeader.isPlausible(bytes) {
      self = .safetensors
    } else if let text = Self.text(bytes) {
      self = text
    } else {
      self = Self.protocolBuffer(bytes) ?? .unknown
    }
  }

  /// For people, to follow "this is" or "this looks like".
  var name: String {
    switch self {
    case .hdf5: "an HDF5 file"
    case .safetensors: "a safetensors file"
    case .npz: "a NumPy archive (npz)"
    case .npy: "a single NumPy array (npy)"
    case .kerasArchive: "a Keras 3 archive (.keras)"
    case .pyTorch: "a PyTorch file"
    case .oldestPyTorch: "a PyTorch file of the oldest form, a tar archive"
    case .torchScript: "a TorchScript program"
    case .zip: "a zip file without weights that Graft knows"
    case .pickle: "a Python pickle"
    case .caffe: "a Caffe model"
    case .onnx: "an ONNX model"
    case .matlab: "a MATLAB file"
    case .tar: "a tar archive"
    case .gzip: "a gzip-compressed file"
    case .webPage: "a web page"
    case .gitLFSPointer: "a git-LFS pointer"
    case .empty: "an empty file"
    case .unknown: "no format that Graft knows"
    }
  }
}

// MARK: Recognizing

extension FileSignature {
  private static let magicNumbers: [(signature: FileSignature, offset: Int, magic: [UInt8])] = [
    (.zip, 0, ZipArchive.magic),
    (.zip, 0, ZipArchive.emptyMagic),
    (.npy, 0, NPYHeader.magic),
    (.pyTorch, 2, oldPyTorchMagic), (.pyTorch, 11, oldPyTorchMagic),
    (.pickle, 0, [0x80, 2]), (.pickle, 0, [0x80, 3]), (.pickle, 0, [0x80, 4]), (.pickle, 0, [0x80, 5]),
    (.gzip, 0, [0x1f, 0x8b]),
    (.matlab, 0, Array("MATLAB 5.0".utf8)),
    (.oldestPyTorch, 0, Array("sys_info\0".utf8)), (.oldestPyTorch, 0, Array("storages\0".utf8)),
    (.oldestPyTorch, 0, Array("tensors\0".utf8)), (.oldestPyTorch, 0, Array("pickle\0".utf8)),
    (.tar, 257, Array("ustar".utf8)),
  ]

  /// The number that opens PyTorch's format before 1.6, pickled; what is before it depends on the pickle's protocol.
  private static let oldPyTorchMagic: [UInt8] = [
    0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
  ]

  private static func archive(_ bytes: Bytes) -> FileSignature {
    guard let members = try? ZipArchive(bytes).members.map(\.name) else { return .zip }
    if members.contains("model.weights.h5") || ["config.json", "metadata.json"].allSatisfy(members.contains) {
      return .kerasArchive
    }
    if members.contains(where: { $0.hasSuffix("/constants.pkl") }) { return .torchScript }
    if members.contains(where: { $0.hasSuffix("/data.pkl") }) { return .pyTorch }
    return members.allSatisfy { $0.hasSuffix(NPZFile.suffix) } ? .npz : .zip
  }

  private static func text(_ bytes: Bytes) -> FileSignature? {
    let start = bytes.slice(from: 0, count: min(bytes.count, 1024))?.array ?? []
    let text = String(decoding: start, as: UTF8.self).trimmingPrefix("\u{feff}")
      .trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
    if text.hasPrefix("version https://git-lfs.github.com/") {
      let size = text.split(separator: "\n").first { $0.hasPrefix("size ") }
      return .gitLFSPointer(promisedCount: size.flatMap { Int($0.dropFirst(5)) })
    }
    // A refused download may be an error in XML, too.
    let tags = ["<!doctype html", "<html", "<head", "<body", "<?xml", "<error"]
    return tags.contains(where: text.hasPrefix) ? .webPage : nil
  }

  /// Formats of Protocol Buffers have no magic number; their first fields give them away.
  private static func protocolBuffer(_ bytes: Bytes) -> FileSignature? {
    // ONNX: field 1, the version as a small number, then field 2, the producer's name.
    if bytes[0] == 0x08, let version = bytes[1], version < 0x20, bytes[2] == 0x12 { return .onnx }
    // Caffe: field 1, the network's name in plain letters, or without one a first layer (field 100, before that 2).
    if bytes.starts(with: [0xa2, 0x06]) || bytes[0] == 0x12 { return .caffe }
    guard bytes[0] == 0x0a, let count = bytes[1], let next = bytes[2 + Int(count)] else { return nil }
    // After the name come layers, or in older files the inputs and their sizes.
    return [0xa2, 0x12, 0x1a, 0x22].contains(next) ? .caffe : nil
  }
}

extension Bytes {
  /// Whether there are these bytes from a place on.
  func starts(with prefix: [UInt8], at offset: Int) -> Bool {
    slice(from: offset, count: prefix.count)?.array == prefix
  }
}

// MARK: Errors

extension FileSignature {
  /// The error for a file that is of another format than the wanted one.
  ///
  /// - Parameter wanted: for instance `a safetensors file`.
  func error(_ file: URL, wanted: String) -> WeightFileError {
    let problem: String
    switch self {
    case .empty: problem = "the file is empty"
    case .gitLFSPointer(let count?):
      problem = "this is a git-LFS pointer to a file of \(count) bytes, not the file itself"
    case .unknown: problem = "this is not \(wanted), nor another format that Graft knows"
    default: problem = "this is \(name), not \(wanted)"
    }
    return WeightFileError(.foreign, file, problem, remedy: remedy)
  }

  private var remedy: String? {
    switch self {
    case .gitLFSPointer: "Fetch the file itself, with \"git lfs pull\" for instance, and compare its size."
    case .webPage:
      "Open it in a browser to see what it says: often one must sign in or accept terms before downloading."
    case .empty: "The download failed, or the disk was full: get the file again."
    case .oldestPyTorch:
      "In Python, bring it to the present form: torch.save(torch.load(\"old.pth\"), \"new.pth\")."
    case .torchScript:
      "In Python, save its tensors: torch.save(torch.jit.load(\"model.pt\").state_dict(), \"weights.pth\")."
    case .pickle:
      "A pickle can run any program, so Graft does not read it. In Python, save its arrays with numpy.savez."
    case .onnx, .matlab: "Convert it to safetensors first."
    case .tar, .gzip: "Unpack it first."
    default: nil
    }
  }
}
