import GraftTensor
import GraftWeights

/// A network by name, for command lines; in a program of your own, use the types themselves.
public struct KnownNetwork: Sendable {
  /// As on a command line: `vgg19_bn`.
  public let name: String
  /// Whether its own classifier sees the mean of the features over the image, rather than all of them.
  public let poolsFeatures: Bool
  /// How many units the first layer of a gender classifier on it has; 10 for most (the paper's Table 3.1).
  public let hiddenUnits: Int
  /// Whether its last stage gives a map, which can be decoded, and not one vector for the whole picture.
  public let givesMaps: Bool
  /// Whether its weights come with the program, so that no file is wanted.
  public let comesWithWeights: Bool
  private let makeEncoder: @Sendable (WeightSource, (LoadReport) -> Void) throws -> any ImageEncoder
  private let makeClassifier:
    (@Sendable (WeightSource, (LoadReport) -> Void) throws -> ClassificationNetwork)?
  private let makeTables: @Sendable () -> [NamingTable]
  private let makeUntrained: (@Sendable () throws -> any ImageEncoder)?

  /// Names a network that reads its weights from files.
  ///
  /// - Parameters:
  ///   - name: as on a command line.
  ///   - poolsFeatures: whether its own classifier sees the mean of the features over the image; false by default.
  ///   - hiddenUnits: of the first layer of a gender classifier on it; 10 by default.
  ///   - givesMaps: whether its last stage gives a map; true by default.
  ///   - tables: how files name its weights, by which a file that is given for another network is recognized; none by
  ///     default.
  ///   - untrained: makes the network without its classifier, with random weights; nil, by default, if that is not wanted.
  ///   - classifier: reads the network with its classifier; nil, by default, if there is none.
  ///   - encoder: reads the network without its classifier, and tells the closure what came from where.
  public init(
    _ name: String, poolsFeatures: Bool = false, hiddenUnits: Int = 10, givesMaps: Bool = true,
    tables: @escaping @Sendable () -> [NamingTable] = { [] },
    untrained: (@Sendable () throws -> any ImageEncoder)? = nil,
    classifier: (@Sendable (WeightSource, (LoadReport) -> Void) throws -> ClassificationNetwork)? = nil,
    encoder: @escaping @Sendable (WeightSource, (LoadReport) -> Void) throws -> any ImageEncoder
  ) {
    self.name = name
    self.poolsFeatures = poolsFeatures
    self.hiddenUnits = hiddenUnits
    self.givesMaps = givesMaps
    comesWithWeights = false
    makeEncoder = encoder
    makeClassifier = classifier
    makeTables = tables
    makeUntrained = untrained
  }

  /// Names a network whose weights come with the program.
  ///
  /// - Parameters:
  ///   - name: as on a command line.
  ///   - builtIn: makes the network with its weights.
  public init(_ name: String, builtIn: @escaping @Sendable () throws -> any ImageEncoder) {
    self.name = name
    (poolsFeatures, hiddenUnits, givesMaps, comesWithWeights) = (false, 10, true, true)
    makeEncoder = { _, _ in try builtIn() }
    makeClassifier = nil
    makeTables = { [] }
    makeUntrained = builtIn
  }

  /// Whether there is a classifier of its own.
  public var hasClassifier: Bool { makeClassifier != nil }

  /// How files name its weights.
  var tables: [NamingTable] { makeTables() }

  /// The network without its classifier and with random weights, or with those that it comes with: to measure how fast it
  /// is. Nil if it cannot be made without a file.
  public func untrained() throws -> (any ImageEncoder)? { try makeUntrained?() }

  /// The network without its classifier; its variant is that of the weights.
  ///
  /// - Parameters:
  ///   - weights: where they come from; of no use to one that comes with its own.
  ///   - report: is told what came from where.
  /// - Throws: `LoadReport` or `WeightFileError` if the file is no such network's, and whatever reading it throws.
  public func encoder(
    weights: WeightSource = .imageNet, report: (LoadReport) -> Void = { _ in }
  ) throws -> any ImageEncoder { try makeEncoder(weights, report) }

  /// The network with its classifier; its variant is that of the weights. One that ``hasClassifier``.
  ///
  /// - Parameters:
  ///   - weights: where they come from.
  ///   - report: is told what came from where.
  /// - Throws: `LoadReport` or `WeightFileError` if the file is no such network's or has no classifier, and whatever
  ///   reading it throws.
  public func classifier(
    weights: WeightSource, report: (LoadReport) -> Void = { _ in }
  ) throws -> ClassificationNetwork {
    guard let makeClassifier else {
      misused("\(name) has no classifier of its own: ask hasClassifier first.")
    }
    return try makeClassifier(weights, report)
  }
}
