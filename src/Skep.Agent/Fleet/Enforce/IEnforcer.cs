using Skep.Agent.Fleet.Check;

namespace Skep.Agent.Fleet.Enforce;

/// <summary>Puts parts of policies in force on a machine, each whole or not at all.</summary>
internal interface IEnforcer
{
    /// <summary>Puts a part in the place of the one before.</summary>
    /// <param name="part">The part.</param>
    /// <param name="confirm">After how long the one before returns by itself; null for never.</param>
    /// <returns>What tells it from what another may put there.</returns>
    /// <exception cref="EnforceException">It cannot be: the one before is in force.</exception>
    string Apply(CheckedPart part, TimeSpan? confirm);

    /// <summary>Keeps a part that was applied for a time.</summary>
    /// <returns>What tells it from others; null when it was too late.</returns>
    /// <exception cref="EnforceException">It cannot be.</exception>
    string? Confirm(string key, string mark);

    /// <summary>Takes a part back that was applied for a time.</summary>
    /// <param name="key">The part.</param>
    /// <param name="mark">What it was told by.</param>
    /// <param name="before">The part before; null when there was none.</param>
    /// <exception cref="EnforceException">It cannot be.</exception>
    void Return(string key, string mark, CheckedPart? before);

    /// <summary>Ends a part.</summary>
    /// <exception cref="EnforceException">It cannot be.</exception>
    void Remove(string key);

    /// <summary>What another changed of a part; null for nothing.</summary>
    string? DriftOf(string key, string mark);
}

/// <summary>A part cannot be put in force, or ended.</summary>
internal sealed class EnforceException(string message, Exception? inner = null) : Exception(message, inner);
