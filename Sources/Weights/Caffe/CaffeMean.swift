import Foundation
import GraftFiles
import GraftTensor

/// The average picture that a Caffe network's input is compared with (`.binaryproto`): one `BlobProto`, 1×C×H×W, from 0
/// to 255, its channels in Caffe's order blue, green, red.
///
/// As a weight file it has one tensor, `mean`, as it is stored.
public struct CaffeMean: WeightFile {
  /// Where it lies.
  public let file: URL
  /// The picture, H,W,C, in the order of the file's channels.
  public let image: Tensor
  /// `Caffe mean`.
  public var format: String { "Caffe mean" }
  /// `mean`.
  public var names: [String] { [Self.name] }
  /// Empty: the format has no place for it.
  public var metadata: [String: String] { [:] }
  private let blob: CaffeBlob
  private static let name = "mean"

  /// Reads a mean.
  ///
  /// - Throws: `FileError`, or ``WeightFileError`` if this is no such file or it is damaged.
  public init(contentsOf file: URL) throws { try self.init(Bytes(contentsOf: file)) }

  init(_ bytes: Bytes) throws {
    file = bytes.file
    let signature = FileSignature(bytes)
    guard signature == .caffeMean || signature == .unknown else {
      throw signature.error(file, wanted: "a mean of Caffe (binaryproto)")
    }
    blob = try CaffeBlob(ProtobufBytes(bytes), part: Self.name, leastRank: 3)
    let dimensions =
      blob.dimensions.count == 4 && blob.dimensions[0] == 1
      ? Array(blob.dimensions.dropFirst()) : blob.dimensions
    guard dimensions.count == 3 else {
      throw WeightFileError(
        .foreign, file, part: Self.name,
        "its shape is \(Tensor.Shape(blob.dimensions)), and a mean is one picture, 1×C×H×W")
    }
    image = try blob.tensor().reshaped(to: Tensor.Shape(dimensions)).transposed([1, 2, 0])
  }

  /// The shape as stored; nil for another name than `mean`.
  public func shape(of name: String) -> Tensor.Shape? {
    name == Self.name ? Tensor.Shape(blob.dimensions) : nil
  }

  /// `float32` or `float64`; nil for another name than `mean`.
  public func storedType(of name: String) -> String? {
    name == Self.name ? (blob.isDouble ? "float64" : "float32") : nil
  }

  /// The numbers as stored, C,H,W or 1,C,H,W.
  ///
  /// - Throws: ``WeightFileError`` for another name than `mean`.
  public func tensor(named name: String) throws -> Tensor {
    guard name == Self.name else { throw WeightFileError.unknownName(name, in: self) }
    return try blob.tensor()
  }

  /// The numbers as stored, as float64.
  ///
  /// - Throws: ``WeightFileError`` for another name than `mean`.
  public func doubles(named name: String) throws -> [Double] {
    guard name == Self.name else { throw WeightFileError.unknownName(name, in: self) }
    return try blob.doubles()
  }

  /// The average of each channel, in the order of the file's channels, added up in double precision.
  public var channelMeans: [Float] { image.mean(alongAxes: [0, 1]).scalars }

  /// The middle of the picture, as Caffe's networks take it from a mean that is larger than their input.
  ///
  /// - Returns: H,W,C, `height` and `width` long; these must not be larger than the picture.
  public func centerCropped(height: Int, width: Int) -> Tensor {
    require(
      height <= image.shape[0] && width <= image.shape[1],
      "A part of \(height)×\(width) cannot be cut from a mean of \(image.shape[0])×\(image.shape[1]).")
    let (top, left) = ((image.shape[0] - height) / 2, (image.shape[1] - width) / 2)
    return image.sliced([top..<(top + height), left..<(left + width), 0..<image.shape[2]])
  }
}
