import ArgumentParser
import ExampleSupport
import Foundation
import GraftDatasets
import GraftFiles

/// Where the pictures and their masks are: a published data set, or any two folders.
struct DataOptions: ParsableArguments {
  @Option(help: "A published data set; its masks are made as the study made them.") var dataset: Published?
  @Option(help: "The folder of that data set.") var data: String?
  @Option(help: "Instead of a data set: a folder of pictures.") var images: String?
  @Option(help: "The folder of their masks, which have the names of the pictures, whatever their endings.")
  var masks: String?
  @Option(
    help: """
      How these masks say which class a pixel has: 0 and 1, or 0 and 255 (binary); the numbers of the classes (numbers); a \
      colour for each class (colours). If not set, binary for a network of one class, and numbers for others.
      """)
  var encoding: Encoding?
  @Option(help: "The colours of the classes in their order, background first, as 000000,ff0000.")
  var colours: String?

  /// A data set with masks, as its publishers laid it out.
  enum Published: String, ExpressibleByArgument, CaseIterable {
    case lfw, helen
  }

  /// How masks of your own are written.
  enum Encoding: String, ExpressibleByArgument, CaseIterable {
    case binary, numbers, colours
  }

  /// The data that a network is measured on.
  enum Source {
    case published(Published, URL)
    case folders(images: URL, masks: URL)
  }

  func validate() throws {
    _ = try source
    guard (encoding == .colours) == (colours != nil) else {
      throw ValidationError("--encoding colours and --colours belong together: give both, or none.")
    }
    guard images != nil || encoding == nil else {
      throw ValidationError("--encoding is for --images and --masks: leave it out.")
    }
  }

  /// The data that the options name.
  var source: Source {
    get throws {
      switch (dataset, data, images, masks) {
      case (let dataset?, let data?, nil, nil): return .published(dataset, URL(argument: data))
      case (nil, nil, let images?, let masks?):
        return .folders(images: URL(argument: images), masks: URL(argument: masks))
      default:
        throw ValidationError(
          "Name the data by --dataset and --data, or by --images and --masks: two options that belong together."
        )
      }
    }
  }

  /// Pictures of your own with masks of the classes that a network tells apart.
  ///
  /// - Parameter classNames: two or more, background first.
  func pairs(images: URL, masks: URL, classNames: [String], size: Mask.Size) throws -> Dataset {
    let form: Dataset.MaskEncoding
    switch encoding ?? (classNames.count == 2 ? .binary : .numbers) {
    case .binary:
      guard classNames.count == 2 else {
        throw ValidationError(
          "--encoding binary: the network tells \(classNames.count) classes apart: take numbers or colours.")
      }
      form = .binary
    case .numbers: form = .numbers
    case .colours: form = .colours(try colours(of: classNames))
    }
    return try Dataset(images: images, masks: masks, classNames: classNames, encoding: form, maskSize: size)
  }

  private func colours(of classNames: [String]) throws -> [Dataset.MaskEncoding.Colour] {
    let text = colours ?? ""
    let found = text.split(separator: ",").compactMap { name in
      name.utf8.count == 6
        ? UInt32(name, radix: 16).map { colour in
          Dataset.MaskEncoding.Colour(
            UInt8(truncatingIfNeeded: colour >> 16), UInt8(truncatingIfNeeded: colour >> 8),
            UInt8(truncatingIfNeeded: colour))
        } : nil
    }
    guard found.count == classNames.count, found.count == text.split(separator: ",").count,
      Set(found).count == found.count
    else {
      throw ValidationError(
        "--colours \(text.printable): six hexadecimal digits are needed for each of \(classNames.joined(separator: ", ").printable), "
          + "another colour for each, with commas between them.")
    }
    return found
  }
}
