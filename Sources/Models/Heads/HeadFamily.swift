import GraftWeights

/// How heads that were built by one piece of code are made again from what a file says of them.
///
/// A head of your own comes back from files by a value like this, added to the list that readers take:
///
/// ```swift
/// let pyramid = HeadFamily("pyramid") { (settings: Pyramid.Settings) in .pyramid(settings) }
/// let network = try SegmentationNetwork(contentsOf: file, decoders: HeadFamily.builtIn + [pyramid])
/// ```
public struct HeadFamily: Sendable {
  /// That of the architectures of its heads: see `Architecture.family`.
  public let name: String
  private let makeKind: @Sendable (Architecture) throws -> HeadKind

  /// Describes a family of heads.
  ///
  /// - Parameters:
  ///   - name: that of the architectures of its heads.
  ///   - kind: makes the kind of head of these settings. They come from files, and so from strangers: it throws
  ///     ``ArchitectureError`` where they are impossible.
  public init<Settings: Decodable & SendableMetatype>(
    _ name: String, kind: @escaping @Sendable (Settings) throws -> HeadKind
  ) {
    self.name = name
    makeKind = { try kind($0.settings()) }
  }

  /// Describes a family of one head, which has no settings.
  ///
  /// - Parameters:
  ///   - name: that of its architecture.
  ///   - kind: of head.
  public init(_ name: String, kind: HeadKind) {
    self.name = name
    makeKind = { _ in kind }
  }

  /// The kind of head that a file says it has.
  ///
  /// - Throws: ``ArchitectureError`` or `DecodingError` if the settings are not those of such a head.
  func kind(_ architecture: Architecture) throws -> HeadKind { try makeKind(architecture) }
}

extension HeadFamily {
  /// Those of the library.
  public static let builtIn: [HeadFamily] = [fcn32, fcn, uNet, pooled, gender, linear]

  /// ``FCN32Decoder``.
  public static let fcn32 = HeadFamily(FCN32Decoder.family) { (settings: FCN32Decoder.Settings) in
    try checkClasses(settings.classes)
    return .fcn32(classes: settings.classes)
  }

  /// ``FCNDecoder``, in all variants.
  public static let fcn = HeadFamily(FCNDecoder.family) { (settings: FCNDecoder.Settings) in
    try checkClasses(settings.classes)
    try ArchitectureError.check(settings.hiddenUnits, in: 1...(1 << 16), "the channels of fc6")
    return .fcn(settings.variant, classes: settings.classes, hiddenUnits: settings.hiddenUnits)
  }

  /// ``UNetDecoder``.
  public static let uNet = HeadFamily(UNetDecoder.family) { (settings: UNetDecoder.Settings) in
    try checkClasses(settings.classes)
    try ArchitectureError.check(settings.channels, in: 1...1024, "the channels of the finest stage")
    return .uNet(classes: settings.classes, channels: settings.channels)
  }

  /// ``PooledDecoder``.
  public static let pooled = HeadFamily(PooledDecoder.family) { (settings: PooledDecoder.Settings) in
    try checkClasses(settings.classes)
    try ArchitectureError.check(settings.side, in: 1...8192, "the side of the maps")
    return .pooled(side: settings.side, classes: settings.classes)
  }

  /// The gender classifier of the paper.
  public static let gender = HeadFamily(GenderSettings.family) { (settings: GenderSettings) in
    try ArchitectureError.check(settings.hiddenUnits, in: 1...(1 << 16), "the units of fc1")
    return .gender(poolsFeatures: settings.poolsFeatures, hiddenUnits: settings.hiddenUnits)
  }

  /// A dense layer on the mean of the features.
  public static let linear = HeadFamily(LinearSettings.family) { (settings: LinearSettings) in
    try ArchitectureError.check(settings.classes, in: 1...(1 << 20), "the number of classes")
    guard (0..<1).contains(settings.dropout) else {
      throw ArchitectureError("its dropout is \(settings.dropout), which is no share of features")
    }
    return .linear(classes: settings.classes, dropout: settings.dropout)
  }

  /// More classes than anybody has were written into a file to harm.
  private static func checkClasses(_ classes: Int) throws {
    try ArchitectureError.check(classes, in: 1...1024, "the number of classes")
  }
}

// MARK: What files say of them

extension FCN32Decoder {
  static let family = "fcn32"
  struct Settings: Codable { let classes: Int }
}

extension FCNDecoder {
  static let family = "fcn"
  struct Settings: Codable {
    let variant: Variant
    let classes, hiddenUnits: Int
  }
}

extension UNetDecoder {
  static let family = "unet"
  struct Settings: Codable { let classes, channels: Int }
}

extension PooledDecoder {
  static let family = "pooled"
  struct Settings: Codable { let side, classes: Int }
}

struct GenderSettings: Codable {
  static let family = "gender"
  let poolsFeatures: Bool
  let hiddenUnits: Int
}

struct LinearSettings: Codable {
  static let family = "linear"
  let classes: Int
  let dropout: Float
}
