namespace Skep.Filter.Runtime.State;

/// <summary>What is kept of a table in /run/skep is lost, damaged or another's.</summary>
/// <param name="table">The table.</param>
/// <param name="fault">What was found, and where.</param>
/// <param name="inner">What found it.</param>
public sealed class DamagedTableException(string table, string fault, Exception? inner = null)
    : IOException($"{fault} (skep filter remove {table}, then apply it again)", inner)
{
    /// <summary>What was found, and where.</summary>
    public string Fault => fault;
}
