import ArgumentParser
import ExampleSupport
import Foundation
import GraftFiles
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor

/// Finds the face in each picture.
@main
struct SegmentFaces: Program {
  static let configuration = CommandConfiguration(
    commandName: "segment-faces",
    abstract:
      "Writes the mask of the face in each picture, its probability, and the mask laid over the picture.",
    discussion: """
      For NAME.jpg it writes NAME-mask.png (white where the face is), NAME-probability.png (grey; white is certain) and \
      NAME-overlay.png, as large as the picture. With a network that tells parts apart, the face is all that is not \
      background, and the overlay has a colour for each part. Files that this program wrote before are replaced, others of these names \
      only by --overwrite. Of a folder the JPEG, PNG and Netpbm files are taken, but for those that this program wrote, and not \
      those of folders in it. A picture that cannot be read is named, the others \
      are done, and the exit status is 1. Ctrl-C ends after the picture that is being done, with status 130.
      """)

  @Option(help: "A whole network, such as one of the models folder of a study.") var model: String
  @Option(help: "The folder to write to; made if need be.") var output: String
  @OptionGroup var overwriting: OverwriteOptions
  @Argument(
    help: ArgumentHelp("JPEG, PNG and Netpbm files, and folders of them.", valueName: "image-or-folder"))
  var inputs: [String]

  func run() throws {
    Interruption.beginObserving()
    let (folder, model) = (URL(argument: output), URL(argument: model))
    let pictures = try PictureList(inputs.map { URL(argument: $0) }, for: folder)
    try pictures.refuseOverwriting(in: folder, model: model, overwriting)
    let network = try SegmentationNetwork(
      contentsOf: model, families: encoderFamilies, decoders: headFamilies)
    var context = Context.inference
    // A picture's mask is then the same whatever the library of the machine offers, and the first one comes sooner.
    context.convolutionAlgorithm = .portableWinograd

    var failures = 0
    for (index, entry) in pictures.entries.enumerated() {
      let place = "[\(index + 1)/\(pictures.entries.count)] \(entry.file.shownRelativePath)"
      if let picture = Self.read(entry.file, place) {
        let face = FaceMap(network.probabilityMaps(of: [picture], context)[0])
        for (suffix, result) in [
          ("mask", face.mask), ("probability", face.probability),
          ("overlay", face.overlay(on: picture)),
        ] {
          try result.write(
            toPNG: PictureList.output(entry.name, suffix, in: folder), software: PictureList.maker)
        }
        Self.note(
          "\(place): \(Int((100 * face.share).rounded())) % face, \(entry.name.description.printable)-….png")
      } else {
        failures += 1
      }
      if Interruption.isRequested {
        Self.note(
          "Stopped after \(index + 1) of \(pictures.entries.count) pictures, whose files are complete.")
        throw ExitCode(Interruption.exitStatus)
      }
    }
    print(
      "\(folder.shownRelativePath): \(pictures.entries.count - failures) of \(pictures.entries.count) pictures"
    )
    if failures > 0 { throw ExitCode.failure }
  }

  /// The picture; nil, with a line that says why, if it cannot be read.
  private static func read(_ file: URL, _ place: String) -> Picture? {
    do {
      return try Picture(contentsOf: file)
    } catch {
      note("\(place): not done. \(error)")
      return nil
    }
  }

  private static func note(_ line: String) { StandardError.write(line + "\n") }
}

/// Where in a picture the face is.
struct FaceMap {
  /// Grey: 255 is certain.
  let probability: Picture
  /// Grey: 255 for the face, where its probability is at least one half, and 0 elsewhere.
  let mask: Picture
  /// The number of the likeliest class at each pixel; nil where there is one.
  private let classes: Picture?
  /// Of the pixels, those that belong to the face.
  let share: Double

  /// - Parameter map: height, width, classes; where there are several, the first is the background.
  init(_ map: Tensor) {
    let (height, width, classes) = (map.shape[0], map.shape[1], map.shape[2])
    let scalars = map.scalars
    let face = (0..<height * width).map { pixel in
      classes == 1 ? scalars[pixel] : 1 - scalars[classes * pixel]
    }
    let pixels = face.map { $0 >= 0.5 ? UInt8(255) : 0 }
    mask = Picture(width: width, height: height, channels: 1, pixels: pixels)
    probability = Picture(
      width: width, height: height, channels: 1,
      pixels: face.map { UInt8((255 * max(0, min(1, $0))).rounded()) })
    share = Double(pixels.count { $0 != 0 }) / Double(pixels.count)
    self.classes =
      classes == 1
      ? nil
      : Picture(
        width: width, height: height, channels: 1,
        pixels: map.indexOfMaximumAlongLastAxis().map { UInt8(clamping: $0) })
  }

  /// The picture with the face in green, or with its parts in colours of their own.
  func overlay(on picture: Picture) -> Picture {
    guard let classes else { return picture.overlaid(with: mask, color: .green, opacity: 0.4) }
    return picture.overlaid(withClasses: classes, opacity: 0.5)
  }
}
