import Foundation
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights

extension Module {
  /// Writes all parameters and buffers as safetensors, under their paths.
  ///
  /// - Parameters:
  ///   - file: where to.
  ///   - metadata: what a reader should know besides what the module says of itself: an encoder, and a network with
  ///     one, its architecture and preprocessing.
  /// - Throws: `FileError`.
  public func write(to file: URL, metadata: [String: String] = [:]) throws {
    try write(to: file, metadata: metadata) { _ in true }
  }

  fileprivate func write(
    to file: URL, metadata: [String: String], where isWritten: (_ path: String) -> Bool
  ) throws {
    let metadata = self.metadata.merging(metadata) { _, given in given }
    let state = state
    let tensors = stateShapes.compactMap { path, _ in
      isWritten(path) ? state[path].map { (name: path, tensor: $0) } : nil
    }
    try SafetensorsFile.write(tensors, metadata: metadata, to: file)
  }

  /// Reads all parameters and buffers from a file that ``write(to:metadata:)`` wrote.
  ///
  /// Names of classes that the file has and this network has not are taken over.
  ///
  /// - Throws: `LoadReport` or `WeightFileError` if it is another network's, or its weights were trained with another
  ///   preprocessing or for other classes than this network was made for; and whatever reading it throws.
  public func read(from file: URL) throws {
    let wanted = stateShapes
    let saved = try openWeightFile(at: file)
    try saved.checkDescription(isOf: self)
    try load(saved.parameters(wanted, namedBy: [.graft(paths: wanted.map(\.path))]).tensors)
    adopt(metadata: saved.metadata)
  }
}

extension GraftedNetwork {
  /// Writes the head alone, and in which file of the same folder its encoder lies: several heads on one encoder need not each
  /// repeat it. All readers of networks read both files as one.
  ///
  /// - Parameters:
  ///   - file: where to.
  ///   - metadata: what a reader should know besides what the network says of itself.
  ///   - encoderFile: the name of a file of the same folder with this encoder below `encoder`: a network that
  ///     ``Module/write(to:metadata:)`` wrote, with the `encoderDigest` of a `ModelCard` among its metadata.
  /// - Throws: `FileError`.
  public func write(
    to file: URL, metadata: [String: String] = [:], sharingEncoderOf encoderFile: String
  ) throws {
    var card = ModelCard()
    card.encoderFile = encoderFile
    card.encoderDigest = encoder.digest(through: encoder.lastStage.name)
    try write(to: file, metadata: metadata.merging(card.metadata) { _, own in own }) {
      !$0.hasPrefix("encoder.")
    }
  }
}
