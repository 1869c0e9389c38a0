/// How a Keras file orders the numbers of a weight, compared with TensorFlow's order, which is Graft's.
enum KerasKernelOrder: Sendable {
  /// Height, width, input and output channels of a convolution; inputs and outputs of a dense layer.
  case tensorFlow
  /// The same convolution kernel as Theano's backend has it: mirrored in height and width, because Theano convolves where
  /// TensorFlow correlates.
  case mirrored
  /// A convolution kernel with the axes output channels, input channels, height, width, mirrored or not.
  case channelsFirst(isMirrored: Bool)
  /// A dense kernel whose inputs are a flattened channels-first image: they run over channels, then places.
  case channelsFirstRows(channels: Int)
  /// A convolution kernel of which nobody can tell whether it is mirrored: it can be described, and not read.
  case unknown

  /// The shape of the tensor in TensorFlow's order.
  func dimensions(stored: [Int]) -> [Int] {
    guard case .channelsFirst = self else { return stored }
    return [2, 3, 1, 0].map { stored[$0] }
  }

  /// The numbers of a weight in TensorFlow's order.
  ///
  /// - Parameters:
  ///   - scalars: in the file's order.
  ///   - dimensions: the shape under which the file stores them.
  func ordered<Scalar>(_ scalars: [Scalar], stored dimensions: [Int]) -> [Scalar] {
    switch self {
    case .tensorFlow, .unknown: return scalars
    case .mirrored:
      let width = dimensions[2] * dimensions[3]
      // Height and width turned around are all places in reverse.
      return (0..<dimensions[0] * dimensions[1]).reversed().flatMap { place in
        scalars[(place * width)..<((place + 1) * width)]
      }
    case .channelsFirst(let isMirrored):
      let (outputs, inputs, places) = (dimensions[0], dimensions[1], dimensions[2] * dimensions[3])
      return (0..<places).flatMap { place in
        let source = isMirrored ? places - 1 - place : place
        return (0..<inputs).flatMap { input in
          (0..<outputs).map { scalars[($0 * inputs + input) * places + source] }
        }
      }
    case .channelsFirstRows(let channels):
      let (places, outputs) = (dimensions[0] / channels, dimensions[1])
      return (0..<places).flatMap { place in
        (0..<channels).flatMap { channel in
          let row = (channel * places + place) * outputs
          return scalars[row..<(row + outputs)]
        }
      }
    }
  }
}

// MARK: Telling the order

extension KerasLayers {
  /// What is known of the order of a file's kernels.
  private struct Convention {
    let isChannelsFirst: Bool
    /// Nil where that cannot be told.
    let isMirrored: Bool?
  }

  /// The same weights, each with the order of its numbers.
  ///
  /// Keras' rules (2.1.6, `preprocess_weights_for_loading`): kernels of the backend Theano are mirrored; Keras 1 ordered
  /// the axes of kernels as it ordered those of images. Files of Keras 1 say nothing of either. Their shapes mostly tell
  /// the axes, by the biases; the published ones say both in their names.
  ///
  /// - Parameters:
  ///   - layers: the weights of each layer.
  ///   - fileName: what the file is called.
  func ordered(
    _ layers: [[KerasTensors.Entry]], fileName: String
  ) throws(HDF5Error) -> [KerasTensors.Entry] {
    let convention = try convention(layers, fileName: fileName)
    guard convention.isChannelsFirst || convention.isMirrored == true else { return layers.flatMap(\.self) }
    // The output channels of the last convolution, until its first dense layer.
    var channels: Int?
    return try layers.flatMap(\.self).map { entry throws(HDF5Error) in
      var entry = entry
      let dimensions = entry.dataSet.dimensions
      switch dimensions.count {
      case ...1: break
      case 2:
        entry.order = try Self.order(ofDense: entry, after: convention.isChannelsFirst ? channels : nil)
        channels = nil
      default:
        guard dimensions.count == 4, Self.isConvolution(entry.name), !entry.name.contains("deconv") else {
          throw HDF5Error(
            .unsupported, at: nil,
            "its kernels are Theano's, which are mirrored and perhaps ordered otherwise, and how that is for "
              + "\(entry.name) of shape \(dimensions) is not known",
            remedy: "Load it with Keras 2 and TensorFlow, and save it again from there.")
        }
        if let isMirrored = convention.isMirrored {
          entry.order = convention.isChannelsFirst ? .channelsFirst(isMirrored: isMirrored) : .mirrored
        } else {
          entry.order = .unknown
        }
        channels = dimensions[convention.isChannelsFirst ? 0 : 3]
      }
      return entry
    }
  }

  private func convention(
    _ layers: [[KerasTensors.Entry]], fileName: String
  ) throws(HDF5Error) -> Convention {
    let version = metadata["keras_version"]?.split(separator: ".").first
    let axes = layers.lazy.compactMap(Self.isChannelsFirst).first
    // The form without names is that of Theano's time, which had its channels first.
    let isChannelsFirst =
      version == "0"
      ? axes ?? true : version == "1" && (axes ?? fileName.contains("th_dim_ordering"))
    if let backend = metadata["backend"] {
      return Convention(isChannelsFirst: isChannelsFirst, isMirrored: backend == "theano")
    }
    let isMirrored = fileName.contains("th_kernels")
    guard !isChannelsFirst || isMirrored || fileName.contains("tf_kernels") else {
      guard version == "1" else { return Convention(isChannelsFirst: isChannelsFirst, isMirrored: nil) }
      throw HDF5Error(
        .unsupported, at: nil, Self.unknownMirroring.problem, remedy: Self.unknownMirroring.remedy)
    }
    return Convention(isChannelsFirst: isChannelsFirst, isMirrored: isMirrored)
  }

  /// What is to be said of kernels that may be mirrored or not.
  static let unknownMirroring = (
    problem:
      "its kernels have their channels first, as in Keras 1 with Theano; whether they are mirrored, too, only the "
      + "name of the file could tell, and this one does not",
    remedy:
      "If they are Theano's, call it as the published files are: …_th_dim_ordering_th_kernels.h5; if they "
      + "are TensorFlow's, …_th_dim_ordering_tf_kernels.h5."
  )

  /// Whether a layer's kernel begins with the output channels, of which it has a bias each; nil if that cannot be told.
  private static func isChannelsFirst(_ layer: [KerasTensors.Entry]) -> Bool? {
    guard layer.count == 2, isConvolution(layer[0].name) else { return nil }
    let (kernel, bias) = (layer[0].dataSet.dimensions, layer[1].dataSet.dimensions)
    guard kernel.count == 4, bias.count == 1, (kernel[0] == bias[0]) != (kernel[3] == bias[0]) else {
      return nil
    }
    return kernel[0] == bias[0]
  }

  /// Whether this is what Keras calls the kernel of a plain convolution: `kernel`, in Keras 1 `W`, before that the first
  /// of its weights.
  private static func isConvolution(_ name: String) -> Bool {
    let last = name.split(separator: "/").last?.split(separator: ":").first ?? ""
    return last == "kernel" || last == "param_0" || last.hasSuffix("_W") || last.contains("_W_")
  }

  private static func order(
    ofDense entry: KerasTensors.Entry, after channels: Int?
  ) throws(HDF5Error) -> KerasKernelOrder {
    let inputs = entry.dataSet.dimensions[0]
    guard let channels, channels > 0, inputs != channels else { return .tensorFlow }
    guard inputs % channels == 0 else {
      throw HDF5Error(
        .unsupported, at: nil,
        "the \(inputs) inputs of \(entry.name) are no flattened image of \(channels) channels, so that their order in a "
          + "model with channels first is not known",
        remedy: "Load it with Keras 2 and TensorFlow, and save it again from there.")
    }
    return .channelsFirstRows(channels: channels)
  }
}
