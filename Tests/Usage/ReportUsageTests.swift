import Foundation
import Graft
import TestSupport
import Testing

/// The example of a report that the documentation shows.
@Suite struct ReportUsageTests {
  @Test func aReportOfTablesACurveAndPictures() throws {
    try withTemporaryFolder { folder in
      let (control, gender) = ([0.61, 0.70, 0.731, 0.729], [0.60, 0.71, 0.722, 0.726])
      let photo = try Picture(contentsOf: Golden.folder.appendingPathComponent("images/rgb8.png"))
      let count = photo.width * photo.height
      let truth = Picture(
        width: photo.width, height: photo.height, channels: 1,
        pixels: (0..<count).map { $0 < count / 2 ? 255 : 0 })
      let prediction = Picture(
        width: photo.width, height: photo.height, channels: 1,
        pixels: (0..<count).map { $0 < count / 3 ? 255 : 0 })

      let scores = Table(
        title: "Table 5.1", caption: "Per-image IoU on LFW.",
        columns: ["encoder", .numbers("control"), .numbers("gender"), .numbers("gain")],
        rows: [["VGG19", "0.731", "0.726", "−0.005"]])
      let costs = Table(
        columns: ["stage", .numbers("seconds")], rows: [["gender", "316"], ["segmentation", "188"]])
      let curves = LineChart(
        title: "Figure 5.1", caption: "VGG19 on LFW; the best epochs are ringed.", xTitle: "epoch",
        yTitle: "per-image IoU",
        series: [.init("control", y: control, best: 2), .init("gender", y: gender, best: 3)])
      let examples = PictureGrid(
        title: "Figure 5.7", caption: "The best picture.",
        rows: [
          .init(
            "best: IoU 0.94",
            [
              .init(photo, caption: "input", alternativeText: "A face from the front"),
              .errors(
                of: prediction, against: truth, on: photo, caption: "control",
                alternativeText: "Most errors are at the chin"),
            ])
        ])

      var report = HTMLReport(title: "Does gender tuning help?", summary: "VGG19 on LFW, one seed.")
      report.sections = [
        .init(
          "Results",
          [
            .paragraph("Gender tuning gains nothing here, and one seed proves nothing."), .table(scores),
            .table(costs), .lineChart(curves),
          ]),
        .init("Pictures", [.pictures(examples)]),
        .init(
          "Run",
          [.keyValues([("encoder", "vgg19"), ("seed", "7")]), .preformatted("scripts/study --seed 7")]),
      ]
      try report.write(to: folder.appendingPathComponent("report.html"))
      try scores.csv.write(
        to: folder.appendingPathComponent("table-5.1.csv"), atomically: true, encoding: .utf8)
      try curves.svg.write(
        to: folder.appendingPathComponent("figure-5.1.svg"), atomically: true, encoding: .utf8)
      try examples.contactSheet.write(toPNG: folder.appendingPathComponent("figure-5.7.png"))

      let events = try EventFile(in: folder.appendingPathComponent("tensorboard/control"))
      for (index, value) in control.enumerated() {
        try events.append(["validation/IoU": value], step: index + 1)
      }

      let page = try String(contentsOf: folder.appendingPathComponent("report.html"), encoding: .utf8)
      for part in ["<caption><strong>Table 5.1</strong>", "<svg", "data:image/png;base64,", "Most errors"] {
        #expect(page.contains(part), "\(part)")
      }
      #expect(events.lastStep(of: "validation/IoU") == 4)
      let sheet = try Picture(contentsOf: folder.appendingPathComponent("figure-5.7.png"))
      #expect(sheet.width == 2 * photo.width + 4 && sheet.height == photo.height)
    }
  }
}
