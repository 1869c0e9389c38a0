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
  /// A zip file, with what it is for people, and a weight file in it.
  case packedWeights(archive: String, member: String)
  case pickle
  case caffe
  /// `.prototxt`: a network without weights.
  case caffeDescription
  /// `.binaryproto`: an average picture.
  case caffeMean
  case onnx
  case coreML
  case tensorFlowSavedModel
  case tensorFlowGraph
  case tensorFlowCheckpoint
  case tensorFlowLite
  case torch7
  case dlib
  case matlab
  case safetensorsIndex
  case tar
  case gzip
  case webPage
  case gitLFSPointer(promisedCount: Int?)
  case empty
  case unknown

  init(_ bytes: Bytes) {
    if bytes.count == 0 {
      self = .empty
    } else if let checkpoint = Self.tensorFlowCheckpoint(bytes) {
      self = checkpoint
    } else if let match = Self.magicNumbers.first(where: { bytes.starts(with: $0.magic, at: $0.offset) }) {
      self = match.signature == .zip ? Self.archive(bytes) : match.signature
    } else if HDF5File.Superblock.offset(in: bytes) != nil {
      self = .hdf5
    } else if SafetensorsHeader.isPlausible(bytes) {
      self = .safetensors
    } else if let text = Self.text(bytes) {
      self = text
    } else {
      self = Self.withoutMagicNumber(bytes) ?? Self.protocolBuffer(bytes) ?? .unknown
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
    case .packedWeights(let archive, let member): "\(archive) with the weight file \(member) in it"
    case .pickle: "a Python pickle"
    case .caffe: "a Caffe model"
    case .caffeDescription: "a network description of Caffe (prototxt), which has no weights"
    case .caffeMean: "a mean of Caffe (binaryproto)"
    case .onnx: "an ONNX model"
    case .coreML: "a Core ML model"
    case .tensorFlowSavedModel: "a TensorFlow SavedModel (saved_model.pb), which keeps its weights beside it"
    case .tensorFlowGraph: "a frozen TensorFlow graph"
    case .tensorFlowCheckpoint: "a part of a TensorFlow checkpoint"
    case .tensorFlowLite: "a TensorFlow Lite model"
    case .torch7: "a Torch7 file"
    case .dlib: "a dlib model"
    case .matlab: "a MATLAB file"
    case .safetensorsIndex: "an index of safetensors files, which has no weights itself"
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
    (.matlab, 0, Array("MATLAB 5.0".utf8)), (.matlab, 0, Array("MATLAB 7.3".utf8)),
    (.tensorFlowLite, 4, Array("TFL3".utf8)),
    // An object, the first of the file, and its version; in text, too.
    (.torch7, 0, [4, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0] + Array("V 1".utf8)),
    (.torch7, 0, Array("4\n1\n3\nV 1\n".utf8)),
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
    if members.allSatisfy({ $0.hasSuffix(NPZFile.suffix) }) { return .npz }
    let ends = [
      ".h5", ".hdf5", ".keras", ".pth", ".pt", ".ckpt", ".caffemodel", ".safetensors", ".npz", ".npy",
      ".onnx",
      ".tflite", ".mlmodel", ".t7", ".mat", ".pb",
    ]
    guard let weights = members.first(where: { name in ends.contains(where: name.lowercased().hasSuffix) })
    else {
      return .zip
    }
    let isWheel = members.contains { $0.hasSuffix(".dist-info/WHEEL") }
    return .packedWeights(archive: isWheel ? "a Python package (wheel)" : "a zip file", member: weights)
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
    if tags.contains(where: text.hasPrefix) { return .webPage }
    if text.hasPrefix("model_checkpoint_path:") { return .tensorFlowCheckpoint }
    if text.hasPrefix("{"),
      text.contains("\"weight_map\"") || bytes.file.path.hasSuffix(".safetensors.index.json")
    {
      return .safetensorsIndex
    }
    return isCaffeDescription(text) ? .caffeDescription : nil
  }

  /// Whether a text begins with fields of a network: `name: "VGG"`, `layer {`.
  private static func isCaffeDescription(_ text: String) -> Bool {
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
    guard let first = lines.first(where: { !$0.isEmpty && !$0.hasPrefix("#") }) else { return false }
    let fields = ["name", "layer", "layers", "input", "input_dim", "input_shape", "force_backward", "state"]
    let field = first.prefix { $0.isLetter || $0 == "_" }
    let rest = first.dropFirst(field.count).drop { $0 == " " || $0 == "\t" }
    return fields.contains(String(field)) && (rest.first == ":" || rest.first == "{")
  }

  /// The parts of a checkpoint: the list of tensors ends with a number, and their bytes are told by the name only.
  private static func tensorFlowCheckpoint(_ bytes: Bytes) -> FileSignature? {
    let tableEnd: [UInt8] = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]
    let name = bytes.file.lastPathComponent
    let isData = name.wholeMatch(of: /.+\.data-\d{5}-of-\d{5}/) != nil
    return isData || bytes.starts(with: tableEnd, at: bytes.count - tableEnd.count)
      ? .tensorFlowCheckpoint : nil
  }

  /// Formats that say what they are by what follows from their first numbers.
  private static func withoutMagicNumber(_ bytes: Bytes) -> FileSignature? {
    func word(_ place: Int) -> Int { bytes.littleEndian(UInt32.self, at: place).map(Int.init) ?? -1 }
    // Torch7: a table, the first of the file, of some entries, whose first key is a number or a text.
    if word(0) == 3, word(4) == 1, 1...100_000 ~= word(8), 1...2 ~= word(12) { return .torch7 }
    // dlib: an integer and its length, the version; then the name of the loss, which begins every network.
    let start = bytes.slice(from: 0, count: min(bytes.count, 64))?.array ?? []
    if start.first == 1, String(decoding: start, as: UTF8.self).contains("loss_") { return .dlib }
    return isMATLAB4(bytes) ? .matlab : nil
  }

  /// MATLAB 4: kind, rows, columns, whether there are imaginary parts, and the length of a name, which follows.
  private static func isMATLAB4(_ bytes: Bytes) -> Bool {
    func isHeader(_ word: (Int) -> UInt32?, machine: UInt32) -> Bool {
      guard let kind = word(0), kind >= machine, kind - machine <= 52, kind % 10 <= 2,
        let rows = word(4), let columns = word(8), rows < 1 << 31, columns < 1 << 31,
        let imaginary = word(12), imaginary <= 1, let count = word(16).map(Int.init), 2...64 ~= count,
        let name = bytes.slice(from: 20, count: count)?.array, name.last == 0
      else { return false }
      return name.dropLast().allSatisfy { byte in
        let character = Character(Unicode.Scalar(byte))
        return character.isASCII && (character.isLetter || character.isNumber || character == "_")
      }
    }
    return isHeader({ bytes.littleEndian(UInt32.self, at: $0) }, machine: 0)
      || isHeader({ bytes.littleEndian(UInt32.self, at: $0)?.byteSwapped }, machine: 1000)
  }

  /// Formats of Protocol Buffers have no magic number; their first fields give them away.
  private static func protocolBuffer(_ bytes: Bytes) -> FileSignature? {
    if bytes[0] == 0x08, bytes[1].map({ $0 < 0x80 }) == true { return versioned(bytes) }
    // Caffe: field 1, the network's name in plain letters, or without one a first layer (field 100, before that 2).
    if bytes.starts(with: [0xa2, 0x06]) { return .caffe }
    if isCaffeBlob(bytes) { return .caffeMean }
    if bytes[0] == 0x12 { return .caffe }
    if isTensorFlowGraph(bytes) { return .tensorFlowGraph }
    guard bytes[0] == 0x0a, let count = bytes[1], let next = bytes[2 + Int(count)] else { return nil }
    // After the name come layers, or in older files the inputs and their sizes.
    return [0xa2, 0x12, 0x1a, 0x22].contains(next) ? .caffe : nil
  }

  /// What begins with a version as a small number: ONNX, whose field 2 is the producer's name; Core ML, whose field 2
  /// describes inputs and outputs (1, 10); a SavedModel of TensorFlow, whose field 2 is a graph (2) and what belongs to
  /// it. An array of Caffe begins with its number of pictures.
  private static func versioned(_ bytes: Bytes) -> FileSignature? {
    guard bytes[2] == 0x12 else {
      if isCaffeBlob(bytes) { return .caffeMean }
      // The producer's version, the graph or the operators.
      return [0x1a, 0x3a, 0x42].contains(bytes[2]) ? .onnx : nil
    }
    var reader = ProtobufReader(ProtobufBytes(bytes))
    guard (try? reader.next()) != nil, case .bytes(let second)?? = (try? reader.next())?.value else {
      return .onnx
    }
    let text = second.bytes.count <= 256 ? second.bytes.text : nil
    if let text, text.unicodeScalars.allSatisfy({ $0.value >= 0x20 }) { return .onnx }
    let numbers = fieldNumbers(second)
    if numbers.contains(where: [10, 11, 20, 50, 100].contains) { return .coreML }
    if numbers.contains(where: [2, 3, 4, 5, 7].contains) { return .tensorFlowSavedModel }
    return bytes[1] == 1 ? .tensorFlowSavedModel : .coreML
  }

  /// An array of Caffe by itself: nothing but its sizes and its numbers.
  private static func isCaffeBlob(_ bytes: Bytes) -> Bool {
    let numbers = fieldNumbers(ProtobufBytes(bytes))
    return !numbers.isEmpty && numbers.isSubset(of: [1, 2, 3, 4, 5, 6, 7, 8, 9])
      && !numbers.isDisjoint(with: [5, 8]) && (numbers.isSuperset(of: [2, 3, 4]) || numbers.contains(7))
      && (try? CaffeBlob(ProtobufBytes(bytes), part: "mean", leastRank: 3)) != nil
  }

  /// A graph begins with a node, which has a name and an operation.
  private static func isTensorFlowGraph(_ bytes: Bytes) -> Bool {
    var reader = ProtobufReader(ProtobufBytes(bytes))
    guard bytes[0] == 0x0a, case .bytes(let node)?? = (try? reader.next())?.value else { return false }
    return node.bytes[0] == 0x0a && fieldNumbers(node).isSuperset(of: [1, 2])
      && fieldNumbers(node).isSubset(of: [1, 2, 3, 4, 5, 6, 7])
  }

  /// The numbers of the fields of a message, up to the first that is damaged; of the first thousand.
  private static func fieldNumbers(_ message: ProtobufBytes) -> Set<Int> {
    var reader = ProtobufReader(message)
    var numbers: Set<Int> = []
    for _ in 0..<1000 {
      guard let field = try? reader.next() else { break }
      numbers.insert(field.number)
    }
    return numbers
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
    default: problem = "this is \(name.printable), not \(wanted)"
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
    case .onnx, .matlab, .coreML, .tensorFlowGraph, .tensorFlowLite, .torch7, .dlib:
      "Convert it to safetensors first."
    case .tensorFlowSavedModel, .tensorFlowCheckpoint:
      "In Python, load the model with Keras and save its weights: model.save_weights(\"model.weights.h5\")."
    case .tar, .gzip: "Unpack it first."
    case .packedWeights(_, let member): "Unpack it first, and name \(member.printable)."
    case .caffeDescription: "Name the .caffemodel that belongs to it."
    case .safetensorsIndex: "Name one of the files that it lists."
    default: nil
    }
  }
}
