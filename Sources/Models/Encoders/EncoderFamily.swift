import GraftImages
import GraftLayers
import GraftWeights

/// Encoders that are built by one piece of code: how a file's record becomes an encoder, and what its networks are called on
/// command lines.
///
/// An encoder of your own becomes known to readers and programs by a value like this, added to the list that they take:
///
/// ```swift
/// extension EncoderFamily {
///   static let mobileFace = EncoderFamily("MobileFace") { preprocessing in MobileFace(preprocessing) }
/// }
/// let network = try SegmentationNetwork(contentsOf: file, families: EncoderFamily.builtIn + [.mobileFace])
/// ```
public struct EncoderFamily: Sendable {
  /// That of the architectures of its encoders: see `Architecture.family`.
  public let name: String
  /// Its networks with names of their own, in the order in which they are shown.
  public let networks: [KnownNetwork]
  /// Its published weight files, the preferred ones first.
  public let publishedWeights: [WeightSet]
  private let makeEncoder: @Sendable (Architecture, Preprocessing) throws -> any ImageEncoder
  private let makeTop: (@Sendable (Architecture, any WeightFile) throws -> any Head)?

  /// Describes a family whose encoders differ in settings.
  ///
  /// - Parameters:
  ///   - name: that of the architectures of its encoders.
  ///   - networks: those with names of their own; none by default.
  ///   - publishedWeights: the published weight files, the preferred ones first; none by default.
  ///   - top: makes the classifier that such a network has of itself, for a file that holds one below `top.`; its weights do
  ///     not matter. Nil, by default, if there is none.
  ///   - encoder: makes an encoder whose weights do not matter. Settings come from files, and so from strangers: it throws
  ///     ``ArchitectureError`` where they are impossible.
  public init<Settings: Decodable & SendableMetatype>(
    _ name: String, networks: [KnownNetwork] = [], publishedWeights: [WeightSet] = [],
    top: (@Sendable (Settings, any WeightFile) throws -> any Head)? = nil,
    encoder: @escaping @Sendable (Settings, Preprocessing) throws -> any ImageEncoder
  ) {
    self.name = name
    self.networks = networks
    self.publishedWeights = publishedWeights
    makeEncoder = { try encoder($0.settings(), $1) }
    if let top {
      makeTop = { try top($0.settings(), $1) }
    } else {
      makeTop = nil
    }
  }

  /// Describes a family of one encoder, which has no settings.
  ///
  /// - Parameters:
  ///   - name: that of its architecture: the name of the type, unless the encoder says otherwise.
  ///   - networks: those with names of their own; none by default.
  ///   - encoder: makes the encoder for pictures that are prepared in this way; its weights do not matter.
  public init(
    _ name: String, networks: [KnownNetwork] = [],
    encoder: @escaping @Sendable (Preprocessing) throws -> any ImageEncoder
  ) {
    self.name = name
    self.networks = networks
    publishedWeights = []
    makeEncoder = { try encoder($1) }
    makeTop = nil
  }

  /// Makes an encoder whose weights do not matter.
  ///
  /// - Throws: ``ArchitectureError`` or `DecodingError` if the settings are not those of such an encoder.
  func encoder(_ architecture: Architecture, _ preprocessing: Preprocessing) throws -> any ImageEncoder {
    try makeEncoder(architecture, preprocessing)
  }

  /// Makes the classifier that such a network has of itself, as large as that in a file; nil if it has none.
  func top(_ architecture: Architecture, in file: any WeightFile) throws -> (any Head)? {
    try makeTop?(architecture, file)
  }
}

extension EncoderFamily {
  /// Those of the library.
  public static let builtIn: [EncoderFamily] = [.vgg, .resNet, .mobileNetV2, .vggFace, .smallVGG]
}

extension Sequence<EncoderFamily> {
  /// All networks with names of their own.
  public var networks: [KnownNetwork] { flatMap(\.networks) }

  /// The network of a name; nil if there is none.
  public func network(named name: String) -> KnownNetwork? { networks.first { $0.name == name } }

  /// The network that a naming table belongs to; nil for other tables.
  ///
  /// - Parameter naming: for instance `VGG19 with batch normalisation (torchvision)`, as a `LoadReport` has it.
  public func network(naming: String) -> KnownNetwork? {
    networks.first { network in network.tables.contains { $0.name == naming } }
  }
}

/// Settings that no network of a kind can have.
public struct ArchitectureError: Error, CustomStringConvertible {
  /// What is wrong, without a full stop.
  public let problem: String

  /// Says what is wrong, as the end of a sentence: `a VGG cannot be 0 channels wide`.
  public init(_ problem: String) { self.problem = problem }

  /// What is wrong.
  public var description: String { "This network cannot be made: \(problem)." }

  /// Refuses a number beyond reason: one that was written into a file to harm.
  static func check(_ number: Int, in range: ClosedRange<Int>, _ name: String) throws {
    guard range.contains(number) else {
      throw ArchitectureError(
        "\(name) must be from \(range.lowerBound) to \(range.upperBound), not \(number)")
    }
  }
}

extension LoadReport {
  /// The same for a command line: says by which option to name the network that the file looks like.
  ///
  /// - Parameters:
  ///   - option: takes the name of a ``KnownNetwork``: `--encoder`.
  ///   - families: whose networks the option takes.
  public func advising(
    option: String, families: [EncoderFamily] = EncoderFamily.builtIn
  ) -> LoadReport {
    guard let resemblance else { return self }
    return advising(families.network(naming: resemblance.name).map { "name it with \(option) \($0.name)" })
  }
}
