import ArgumentParser
import ExampleSupport
import Foundation
import GraftDatasets
import GraftFiles
import GraftModels
import GraftStudy

/// Where the pictures and the weights are.
struct DataOptions: ParsableArguments {
  @Option(help: "The folder of CelebA: pictures, attributes and partition.") var celeba: String?
  @Option(help: "The folder of LFW Part Labels: lfw_funneled, parts_lfw_funneled_gt_images and the lists.")
  var lfw: String?
  @Option(help: "The folder of HELEN with the segment labels of Smith et al.") var helen: String?
  @Option(
    help: """
      Encoders to study, several with commas: vgg16, vgg19, resnet50 and so on, or small, which is built in; vgg19 if \
      not set, and small for drawn faces.
      """)
  var encoders: String?
  @Option(
    help:
      "NAME=FILE: an encoder's published weights, once for each encoder; of one encoder alone, FILE will do.")
  var weights: [String] = []

  @Option(
    help: """
      What decoders are to find, several with commas: the face with its hair (hair), without \
      it (no-hair), or its parts, told apart (background, hair and skin of LFW; the eleven classes of HELEN); hair,no-hair if not set. Others may be \
      added to a study that is done.
      """)
  var masks: String?

  /// Whether there are no photographs.
  var isDrawn: Bool { celeba == nil && lfw == nil && helen == nil }

  /// Takes from a file what no option names.
  ///
  /// - Throws: `ValidationError` with the file and the key if it cannot be used.
  mutating func complete(from call: FaceSegmentationCall, in file: URL) throws {
    let place = file.shownRelativePath
    if encoders == nil, let names = call.encoders {
      _ = try Self.networks(names, namedBy: "\(place): encoders")
      encoders = names.joined(separator: ",")
    }
    if masks == nil, let names = call.masks {
      _ = try Self.maskKinds(names, namedBy: "\(place): masks")
      masks = names.joined(separator: ",")
    }
    let own = [("celeba", celeba, call.celeba), ("lfw", lfw, call.lfw), ("helen", helen, call.helen)]
    (celeba, lfw, helen) = (celeba ?? call.celeba, lfw ?? call.lfw, helen ?? call.helen)
    if let missing, let named = own.first(where: { $0.1 == nil && $0.2 != nil })?.0 {
      throw ValidationError(
        "\(place): it names \(named), and \(missing) is missing: \(Self.wantedFolders), in this file or by options."
      )
    }
    if weights.isEmpty, let files = call.weights {
      let arguments = files.map { "\($0.key)=\($0.value)" }.sorted()
      _ = try EncoderFiles(arguments, option: "\(place): weights", for: networks())
      weights = arguments
    }
  }

  /// What these options name, with whole paths, so that it can be repeated from anywhere.
  ///
  /// - Parameter seeds: of the whole call; one alone is a setting.
  func call(seeds: [UInt64]) throws -> FaceSegmentationCall {
    func whole(_ path: String) -> String { URL(argument: path).wholeArgument }
    var call = FaceSegmentationCall()
    if seeds.count > 1 { call.seeds = seeds }
    (call.celeba, call.lfw, call.helen) = (celeba.map(whole), lfw.map(whole), helen.map(whole))
    call.encoders = Self.names(encoderNames)
    call.masks = try maskKinds().map(\.rawValue)
    let files = try weightFiles()
    if !files.isEmpty {
      call.weights = files.mapValues(whole)
    }
    return call
  }

  private static let wantedFolders =
    "name CelebA and at least one of LFW and HELEN, or none of them to run on drawn faces"

  /// The option that is missing beside those that were given; nil if none is.
  private var missing: String? {
    if isDrawn { return nil }
    if celeba == nil { return "--celeba" }
    return lfw == nil && helen == nil ? "--lfw or --helen" : nil
  }

  /// To be called when a file, if there is one, has completed the options.
  func check() throws {
    if let missing { throw ValidationError("\(missing) is missing: \(Self.wantedFolders).") }
    _ = try weightFiles()
    _ = try maskKinds()
  }

  /// What decoders are to find.
  func maskKinds() throws -> [FaceClasses] {
    guard let masks else { return [.withHair, .withoutHair] }
    return try Self.maskKinds(Self.names(masks), namedBy: "--masks")
  }

  private static func maskKinds(_ names: [String], namedBy place: String) throws -> [FaceClasses] {
    try check(names, named: "kind", by: place)
    return try names.map { name in
      guard let kind = FaceClasses(rawValue: name) else {
        throw ValidationError(
          "\(place) \(list(names)): there is no \(name.printable); there are "
            + "\(FaceClasses.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      return kind
    }
  }

  private static func names(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }

  private static func list(_ names: [String]) -> String { names.joined(separator: ",").printable }

  private static func check(_ names: [String], named kind: String, by place: String) throws {
    guard !names.isEmpty, Set(names).count == names.count else {
      throw ValidationError("\(place) \(list(names)): name each \(kind) once, with commas between them.")
    }
  }

  /// The data sets that were named, or drawn ones.
  func pictures() throws -> any PictureSource {
    guard let celeba else { return DrawnSource() }
    return try PhotographSource(celebA: folder(celeba), lfw: lfw.map(folder), helen: helen.map(folder))
  }

  private func folder(_ path: String) -> URL { URL(argument: path) }

  /// The encoders with the weights that were named for them.
  func subjects() throws -> [FaceSegmentationStudy.Subject] {
    let files = try weightFiles()
    return try networks().map { network in
      .init(name: network.name, hiddenUnits: network.hiddenUnits, poolsFeatures: network.poolsFeatures) {
        try network.encoder(weights: files[network.name], namedBy: "--encoders")
      }
    }
  }

  private var encoderNames: String { encoders ?? (isDrawn ? "small" : "vgg19") }

  private func networks() throws -> [KnownNetwork] {
    try Self.networks(Self.names(encoderNames), namedBy: "--encoders")
  }

  private static func networks(_ names: [String], namedBy place: String) throws -> [KnownNetwork] {
    try check(names, named: "encoder", by: place)
    return try names.map { name in
      guard let network = known.first(where: { $0.name == name }) else {
        throw ValidationError(
          "\(place) \(name.printable): there is no such encoder; there are \(known.map(\.name).joined(separator: ", "))."
        )
      }
      return network
    }
  }

  private func weightFiles() throws -> [String: String] {
    try EncoderFiles(weights, for: networks()).paths
  }

  /// What somebody may do after a run.
  func whatNext(report: URL, seedCount: Int) -> String {
    let own = """
        your own data:  scripts/study --preset small --celeba DIR --lfw DIR --helen DIR --weights vgg19=FILE --output out-own
      """
    let seeds = """
        is it chance:   the same call with --seeds 1,2,3 and another --output
      """
    let others = """
        use a model:    swift run -c release segment-faces --model FILE --output DIR PICTURE…, with a file of the models folder
        every setting:  scripts/study --help, and configuration.json beside the results
      """
    return
      "\nThe report is \(report.shownRelativePath), with results, models and logs beside it. What to try next:\n"
      + (isDrawn ? own + "\n" : "") + (seedCount == 1 ? seeds + "\n" : "")
      + others
  }

  /// All whose last stage gives a map to decode.
  private static let known = encoderFamilies.networks.filter(\.givesMaps)
}
