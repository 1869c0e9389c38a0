extension CaffeNetwork {
  /// One layer.
  public struct Layer: Sendable {
    /// What it and its weights are called.
    public let name: String
    /// `Convolution`, `Pooling`, `ReLU` and so on: as newer files write it, whichever form this one has.
    public let type: String
    /// The blobs that it reads.
    public let bottoms: [String]
    /// The blobs that it writes; the same as `bottoms` where it works in place.
    public let tops: [String]
    /// What it was told besides.
    public let settings: Settings
  }

  /// Two lengths.
  public struct Extent: Hashable, Sendable {
    /// Vertical.
    public let height: Int
    /// Horizontal.
    public let width: Int

    /// Creates an extent.
    public init(height: Int, width: Int) {
      self.height = height
      self.width = width
    }

    /// The same length both ways.
    public static func square(_ length: Int) -> Extent { Extent(height: length, width: length) }
  }

  /// What a layer was told, for the kinds whose settings Graft reads.
  public enum Settings: Hashable, Sendable {
    /// Of `Convolution` and `Deconvolution`.
    case convolution(Convolution)
    /// Of `Pooling`.
    case pooling(Pooling)
    /// Of `InnerProduct`.
    case innerProduct(outputs: Int, usesBias: Bool, isTransposed: Bool)
    /// Of `Dropout`.
    case dropout(rate: Double)
    /// Of all other kinds.
    case none
  }

  /// The settings of a convolution.
  public struct Convolution: Hashable, Sendable {
    /// Channels that go out.
    public let outputs: Int
    /// The kernel's size.
    public let kernel: Extent
    /// From one window to the next.
    public let strides: Extent
    /// Zeros on each side.
    public let padding: Extent
    /// The distance between neighbouring kernel elements.
    public let dilations: Extent
    /// Into how many independent parts the channels are divided.
    public let groups: Int
    /// Whether each channel gets a constant.
    public let usesBias: Bool

    /// Creates settings; what is left out is Caffe's default.
    public init(
      outputs: Int, kernel: Extent, strides: Extent = .square(1), padding: Extent = .square(0),
      dilations: Extent = .square(1), groups: Int = 1, usesBias: Bool = true
    ) {
      self.outputs = outputs
      self.kernel = kernel
      self.strides = strides
      self.padding = padding
      self.dilations = dilations
      self.groups = groups
      self.usesBias = usesBias
    }
  }

  /// The settings of a pooling.
  public struct Pooling: Hashable, Sendable {
    /// What becomes of a window.
    public enum Method: String, Sendable {
      case maximum = "MAX"
      case average = "AVE"
      case stochastic = "STOCHASTIC"
    }

    /// What becomes of a window.
    public let method: Method
    /// The window's size; nil where it is the whole image.
    public let window: Extent?
    /// From one window to the next.
    public let strides: Extent
    /// What lies around the image on each side.
    public let padding: Extent
    /// Whether a last window may hang over the border, as in Caffe unless the file says otherwise.
    public let roundsUp: Bool

    /// Creates settings; what is left out is Caffe's default.
    public init(
      method: Method = .maximum, window: Extent?, strides: Extent = .square(1), padding: Extent = .square(0),
      roundsUp: Bool = true
    ) {
      self.method = method
      self.window = window
      self.strides = strides
      self.padding = padding
      self.roundsUp = roundsUp
    }
  }
}

// MARK: Parsing

extension CaffeNetwork.Layer {
  /// Reads a `layer` or `layers` message.
  ///
  /// - Parameters:
  ///   - line: where it begins.
  ///   - notes: gets a sentence for each field that is passed over and may matter.
  init(_ message: ProtobufText, line: Int, notes: inout [String]) throws(ProtobufText.Failure) {
    guard let name = try message.texts("name").last else {
      throw ProtobufText.Failure(line, "the layer that begins here has no name")
    }
    guard let type = try message.word("type") else {
      throw ProtobufText.Failure(line, "the layer \(name) has no type")
    }
    self.name = name
    self.type = CaffeLayerType.name(word: type)
    bottoms = try message.texts("bottom")
    tops = try message.texts("top")
    let section: String
    (section, settings) = try Self.settings(of: self.type, in: message, line: line)
    for field in message.fields where !Self.known.contains(field.name) {
      if field.name == section, case .message(let inner) = field.value {
        for part in inner.fields where !Self.knownSettings.contains(part.name) {
          notes.append(
            "Line \(part.line): \(part.name) of the layer \(name) is not known and was passed over.")
        }
      } else {
        notes.append("Line \(field.line): \(field.name) of the layer \(name) was passed over.")
      }
    }
  }

  /// Fields that are read, or that say how a network is trained and not what it computes.
  private static let known: Set<String> = [
    "name", "type", "bottom", "top", "include", "exclude", "phase", "param", "blobs_lr", "weight_decay",
    "loss_weight", "propagate_down", "blob_share_mode", "input_param",
  ]

  private static let knownSettings: Set<String> = [
    "num_output", "bias_term", "pad", "pad_h", "pad_w", "kernel_size", "kernel_h", "kernel_w", "stride",
    "stride_h", "stride_w", "dilation", "group", "engine", "weight_filler", "bias_filler", "pool",
    "global_pooling", "round_mode", "ceil_mode", "transpose", "dropout_ratio",
  ]

  private static func settings(
    of type: String, in message: ProtobufText, line: Int
  ) throws(ProtobufText.Failure) -> (section: String, CaffeNetwork.Settings) {
    switch type {
    case "Convolution", "Deconvolution":
      let section = try message.message("convolution_param")
      return ("convolution_param", .convolution(try .init(section, line: line)))
    case "Pooling":
      let section = try message.message("pooling_param")
      return ("pooling_param", .pooling(try .init(section, line: line)))
    case "InnerProduct":
      let section = try message.message("inner_product_param")
      return (
        "inner_product_param",
        .innerProduct(
          outputs: try section.length("num_output", line: line),
          usesBias: try section.boolean("bias_term") ?? true,
          isTransposed: try section.boolean("transpose") ?? false)
      )
    case "Dropout":
      let rate = try message.message("dropout_param").number("dropout_ratio") ?? 0.5
      return ("dropout_param", .dropout(rate: rate))
    default: return ("", .none)
    }
  }
}

extension CaffeNetwork.Convolution {
  init(_ section: ProtobufText, line: Int) throws(ProtobufText.Failure) {
    let outputs = try section.length("num_output", line: line)
    guard let kernel = try section.extent("kernel_size", "kernel_h", "kernel_w", least: 1, line: line) else {
      throw ProtobufText.Failure(
        line, "the convolution that begins here does not say how large its kernel is")
    }
    self.init(
      outputs: outputs, kernel: kernel,
      strides: try section.extent("stride", "stride_h", "stride_w", least: 1, line: line) ?? .square(1),
      padding: try section.extent("pad", "pad_h", "pad_w", least: 0, line: line) ?? .square(0),
      dilations: try section.extent("dilation", nil, nil, least: 1, line: line) ?? .square(1),
      groups: try section.length("group", line: line, default: 1),
      usesBias: try section.boolean("bias_term") ?? true)
  }
}

extension CaffeNetwork.Pooling {
  init(_ section: ProtobufText, line: Int) throws(ProtobufText.Failure) {
    let numbered = ["0": "MAX", "1": "AVE", "2": "STOCHASTIC"]
    let word = try section.word("pool") ?? "MAX"
    guard let method = Method(rawValue: numbered[word] ?? word) else {
      throw ProtobufText.Failure(line, "the pooling that begins here is of the unknown kind \(word)")
    }
    let window = try section.extent("kernel_size", "kernel_h", "kernel_w", least: 1, line: line)
    let isGlobal = try section.boolean("global_pooling") ?? false
    guard window != nil || isGlobal else {
      throw ProtobufText.Failure(line, "the pooling that begins here does not say how large its windows are")
    }
    // The first is in late versions of Caffe, the second in copies of it.
    let isFloor = try section.word("round_mode").map { $0 == "FLOOR" || $0 == "1" } ?? false
    let isCeiling = try section.boolean("ceil_mode") ?? true
    self.init(
      method: method, window: window,
      strides: try section.extent("stride", "stride_h", "stride_w", least: 1, line: line) ?? .square(1),
      padding: try section.extent("pad", "pad_h", "pad_w", least: 0, line: line) ?? .square(0),
      roundsUp: isCeiling && !isFloor)
  }
}

extension ProtobufText {
  /// A length of at least 1 that Caffe could hold.
  fileprivate func length(
    _ name: String, line: Int, default standard: Int? = nil
  ) throws(Failure) -> Int {
    guard let length = try integer(name) ?? standard else {
      throw Failure(line, "\(name) is missing in the layer that begins here")
    }
    return try checked(length, name, least: 1, line: line)
  }

  /// Two lengths from one field, which may have two values, or from a pair of them; nil where there is none.
  fileprivate func extent(
    _ both: String, _ vertical: String?, _ horizontal: String?, least: Int, line: Int
  ) throws(Failure) -> CaffeNetwork.Extent? {
    let values = try integers(both)
    var height = values.first
    var width = values.count > 1 ? values[1] : values.first
    if let vertical, let value = try integer(vertical) { height = value }
    if let horizontal, let value = try integer(horizontal) { width = value }
    guard let height, let width else { return nil }
    return .init(
      height: try checked(height, both, least: least, line: line),
      width: try checked(width, both, least: least, line: line))
  }

  private func checked(_ length: Int, _ name: String, least: Int, line: Int) throws(Failure) -> Int {
    guard (least...Int(Int32.max)).contains(length) else {
      throw Failure(line, "\(name) is \(length) in the layer that begins here, which cannot be")
    }
    return length
  }
}
