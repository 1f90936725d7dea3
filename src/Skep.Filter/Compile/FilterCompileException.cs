namespace Skep.Filter.Compile;

/// <summary>A table that cannot become a program.</summary>
/// <param name="message">What was compiled, why it cannot be, and the remedy in parentheses.</param>
/// <param name="cause">The kernel's error, when the kernel refused.</param>
public sealed class FilterCompileException(string message, Exception? cause = null) : Exception(message, cause);
