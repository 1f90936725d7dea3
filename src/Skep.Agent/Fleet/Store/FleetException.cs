using System.Text.Json;
using Skep.Linux.Errors;

namespace Skep.Agent.Fleet.Store;

/// <summary>The store of the fleet cannot be reached, or refuses.</summary>
public sealed class FleetException : IOException
{
    /// <summary>Without a reason.</summary>
    public FleetException()
    {
    }

    /// <summary>With a reason.</summary>
    public FleetException(string message)
        : base(message)
    {
    }

    /// <summary>With a reason, and what it comes from.</summary>
    public FleetException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether a store, a file or what one of them has is at fault: that may pass, and ends nothing.</summary>
    internal static bool MayPass(Exception e) => e is IOException or UnauthorizedAccessException or InvalidDataException or JsonException
        or FormatException or InvalidOperationException or KernelException;
}
