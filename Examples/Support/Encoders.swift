import ArgumentParser
import Foundation
import GraftFiles
import GraftModels
import GraftWeights

/// The encoders that the programs know. In a copy of the programs, add your own family here: all of them can then name, read and study it.
public let encoderFamilies: [EncoderFamily] = EncoderFamily.builtIn

/// The heads that the programs read back from files; add your own.
public let headFamilies: [HeadFamily] = HeadFamily.builtIn

/// An encoder by its name on a command line.
public struct NamedEncoder: ExpressibleByArgument {
  /// The network of that name.
  public let network: KnownNetwork

  /// The network of a name; nil if none of ``encoderFamilies`` has it.
  public init?(argument: String) {
    guard let network = encoderFamilies.network(named: argument) else { return nil }
    self.network = network
  }

  /// The names of all networks.
  public static var allValueStrings: [String] { encoderFamilies.networks.map(\.name) }
}

/// One encoder and its weights: `--encoder vgg19 --weights FILE`.
public struct EncoderOptions: ParsableArguments {
  /// The encoder.
  @Option(help: "The encoder; the weights of small are built in.")
  public var encoder: NamedEncoder
  /// The file of its weights; nil to search the usual folders.
  @Option(
    help: """
      The encoder's weights: a file of Keras, torchvision, Caffe or Graft; if not set, $GRAFT_WEIGHTS and ~/.cache/graft \
      are searched.
      """)
  public var weights: String?

  /// As the command line sets it.
  public init() {}

  /// Refuses weights for an encoder that has its own.
  public func validate() throws {
    if encoder.network.comesWithWeights, weights != nil {
      throw ValidationError(
        "--weights: the \(encoder.network.name) encoder has its own; leave --weights out, or name another encoder."
      )
    }
  }

  /// The files to be read that the options name.
  public var files: [URL] { weights.map { [URL(argument: $0)] } ?? [] }

  /// The encoder with its weights; a line on standard error says where in the file they were found, if not at its root.
  public func makeEncoder() throws -> any ImageEncoder {
    try encoder.network.encoder(weights: weights, namedBy: "--encoder", report: saidOnStandardError)
  }
}

/// Says where in a file weights were found, if not at its root.
public func saidOnStandardError(_ report: LoadReport) {
  guard let note = report.partDescription else { return }
  StandardError.write("\(report.file.shownRelativePath): \(note)\n")
}

/// Calls `body`; the error about a file of another network then names the option to choose that network with.
private func advising<Result>(option: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let report as LoadReport {
    throw report.advising(option: option, families: encoderFamilies)
  }
}

extension WeightSource {
  /// The file that an argument names; without an argument, the published weights.
  fileprivate init(argument: String?) { self = argument.map { .file(URL(argument: $0)) } ?? .imageNet }
}

extension KnownNetwork {
  /// The encoder with its weights.
  ///
  /// - Parameters:
  ///   - weights: the file, as an argument names it; nil for published weights in one of the folders.
  ///   - option: the option that names the encoder, for the message about a file of another one.
  ///   - report: is told what was found.
  public func encoder(
    weights: String?, namedBy option: String, report: (LoadReport) -> Void = { _ in }
  ) throws -> any ImageEncoder {
    try advising(option: option) { try encoder(weights: WeightSource(argument: weights), report: report) }
  }

  /// The same with the classifier that belongs to it.
  public func classifier(
    weights: String?, namedBy option: String, report: (LoadReport) -> Void = { _ in }
  ) throws -> ClassificationNetwork {
    guard hasClassifier else {
      throw ValidationError(
        "\(option) \(name): it has no classifier; these have one: "
          + "\(encoderFamilies.networks.filter(\.hasClassifier).map(\.name).joined(separator: ", ")).")
    }
    return try advising(option: option) {
      try classifier(weights: WeightSource(argument: weights), report: report)
    }
  }
}

/// The weight files of several encoders: `NAME=FILE`, once for each; `FILE` will do if there is only one encoder.
public struct EncoderFiles {
  /// The file of each encoder that has one, by the encoder's name.
  public private(set) var paths: [String: String] = [:]

  /// - Parameters:
  ///   - arguments: of the option.
  ///   - option: for the messages.
  ///   - networks: which may have files.
  public init(_ arguments: [String], option: String = "--weights", for networks: [KnownNetwork]) throws {
    for argument in arguments {
      let (name, path) = try Self.parts(of: argument, option, networks)
      if let network = networks.first(where: { $0.name == name }), network.comesWithWeights {
        throw ValidationError(
          "\(option) \(argument): the \(name) encoder has its own weights: leave this out.")
      }
      guard paths.updateValue(path, forKey: name) == nil else {
        throw ValidationError("\(option) \(argument): this is the second file for \(name): keep one of them.")
      }
    }
  }

  private static func parts(
    of argument: String, _ option: String, _ networks: [KnownNetwork]
  ) throws -> (name: String, path: String) {
    let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
    if parts.count == 2, networks.contains(where: { $0.name == parts[0] }) { return (parts[0], parts[1]) }
    // A path may contain an equals sign.
    let isName = parts.count == 2 && encoderFamilies.network(named: parts[0]) != nil
    if networks.count == 1, !isName { return (networks[0].name, argument) }
    guard isName else {
      throw ValidationError(
        "\(option) \(argument): write NAME=FILE with one of \(networks.map(\.name).joined(separator: ", ")).")
    }
    throw ValidationError(
      "\(option) \(argument): \(parts[0]) is not among the encoders of this call, which are "
        + "\(networks.map(\.name).joined(separator: ", ")): add it there.")
  }
}
