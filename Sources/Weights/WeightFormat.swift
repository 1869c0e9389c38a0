import Foundation
import GraftFiles
import GraftTensor

/// The formats that weights can be written in, by the ends of their files' names.
public enum WeightFormat: String, Sendable, CaseIterable {
  /// See ``SafetensorsFile``.
  case safetensors
  /// See ``NPZFile``.
  case npz
  /// Weights that Keras loads: see ``KerasHDF5File/write(_:to:)``, also for what becomes of names.
  case kerasHDF5 = "h5"
}

extension WeightFile {
  /// Writes all tensors to a file of another format, under their names and in their shapes, as float32; no numbers are put
  /// in another order.
  ///
  /// Keras orders kernels in its own way, and finds them by its own names: tensors of PyTorch and Caffe cannot be written
  /// for it.
  ///
  /// A safetensors file gets this file's metadata, and where it has none of its own, the name and the digest of this file
  /// as the source: see ``ModelCard``. The tensors are all in memory at once, but for those that this file maps.
  ///
  /// - Throws: `FileError`; ``WeightFileError`` if a tensor cannot be read, or has a name that the format does not allow.
  public func write(as format: WeightFormat, to destination: URL) throws {
    let style = NamingStyle(of: names)
    if format == .kerasHDF5, style == .pyTorch || style == .caffe || self.format == "PyTorch" {
      throw WeightFileError(
        .unsupported, file,
        "it has the names and the order of kernels of \(style == .caffe ? "Caffe" : "PyTorch"), with which neither Keras "
          + "nor Graft could read a Keras file",
        remedy: "Write .safetensors or .npz.")
    }
    let tensors = try names.map { (name: $0, tensor: try tensor(named: $0)) }
    switch format {
    case .npz: try NPZFile.write(tensors.map { ($0.name, .tensor($0.tensor)) }, to: destination)
    case .kerasHDF5: try KerasHDF5File.write(tensors, to: destination)
    case .safetensors:
      try checkNames()
      let card = ModelCard(source: file.lastPathComponent, sourceDigest: try SHA256.digest(of: file))
      try SafetensorsFile.write(
        tensors, metadata: metadata.merging(card.metadata) { own, _ in own }, to: destination)
    }
  }

  private func checkNames() throws {
    guard !names.contains(SafetensorsHeader.metadataName) else {
      throw WeightFileError(
        .unsupported, file, part: SafetensorsHeader.metadataName,
        "a safetensors file cannot have a tensor of this name", remedy: "Write an npz file.")
    }
    // Each takes its name, in which a character may become six, and a type, a shape and two places.
    let byteCount = names.reduce(0) { $0 + 6 * $1.utf8.count + 200 + 20 * (shape(of: $1)?.rank ?? 0) }
    guard byteCount < SafetensorsHeader.longestText else {
      throw WeightFileError(
        .unsupported, file, "its names are too long for the header of a safetensors file",
        remedy: "Write an npz file.")
    }
  }
}
