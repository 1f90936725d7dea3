namespace Skep.Filter.Compile;

/// <summary>A table that cannot become a program.</summary>
/// <param name="message">What was compiled, why it cannot be, and the remedy in parentheses.</param>
/// <param name="cause">What the kernel said, when it was the one that refused.</param>
public sealed class FilterCompileException(string message, Exception? cause = null) : Exception(message, cause);
