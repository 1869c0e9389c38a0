import GraftLayers
import GraftTensor

/// One stage of an encoder: a module by its name, and what it gives.
public struct EncoderStage {
  /// What a stage is called, such as `block5`; a component of the paths of its parameters.
  public typealias Name = String

  /// Unique within the encoder.
  public let name: Name
  /// What computes its output, N,H′,W′,C, from the output of the stage before, or from pictures.
  public let module: any Module
  /// Of its output.
  public let channels: Int
  /// How many pixels of the picture one step in its output is.
  public let stride: Int
  private let outputLength: @Sendable (Int) -> Int

  /// Describes a stage.
  ///
  /// - Parameters:
  ///   - name: unique within the encoder, without a dot.
  ///   - module: what computes its output.
  ///   - channels: of its output.
  ///   - stride: how many pixels of the picture one step in its output is.
  ///   - outputLength: how long a side of its output is for a side of the picture, in pixels; over the stride, rounded down,
  ///     if not given.
  public init(
    _ name: Name, _ module: any Module, channels: Int, stride: Int,
    outputLength: (@Sendable (_ pixels: Int) -> Int)? = nil
  ) {
    require(stride > 0, "The stage \(name) has a stride of at least one pixel, not \(stride).")
    self.name = name
    self.module = module
    self.channels = channels
    self.stride = stride
    self.outputLength = outputLength ?? { $0 / stride }
  }

  /// Height, width and channels of the output for one picture.
  ///
  /// - Parameters:
  ///   - height: of the picture, in pixels.
  ///   - width: of the picture, in pixels.
  public func outputShape(height: Int, width: Int) -> Tensor.Shape {
    [outputLength(height), outputLength(width), channels]
  }

  /// Whether its output need be computed only once for each picture: nothing in it is trained, and nothing depends on the
  /// batch.
  public var isConstant: Bool {
    module.isFrozen && module.batchNorms.allSatisfy(\.layer.usesStoredStatistics)
  }
}
