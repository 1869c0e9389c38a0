import ArgumentParser

/// Calls `body`; what is wrong with a file that the command line names for it is wrong use, with exit status 64.
public func wrongUse<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as ValidationError {
    throw error
  } catch {
    throw ValidationError("\(error)")
  }
}
