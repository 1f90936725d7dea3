using Skep.Isa;

namespace Skep.Inventory.Code;

/// <summary>
/// The SHA-256 that policies of guard compare, of a program that is not loaded yet: over its code as libbpf loads it, the descriptors of
/// maps set to zero.
/// </summary>
public static class CodeDigest
{
    /// <summary>The digest, as 64 hexadecimal digits; null where the code that is loaded depends on more than the object.</summary>
    /// <param name="code">A program of an ELF object.</param>
    /// <param name="reason">Why there is none.</param>
    public static string? Of(ProgramCode code, out string? reason)
    {
        ArgumentNullException.ThrowIfNull(code);
        reason = ReasonOf(code);
        return reason is null ? Convert.ToHexStringLower(ProgramTag.Compute(code.Instructions, TagHash.Sha256)) : null;
    }

    private static string? ReasonOf(ProgramCode code)
    {
        if (code.IsBigEndian) return "it is for a big-endian machine";
        if (code.CoreFields.Values.Any(field => !field.IsLocal)) return "CO-RE relocations fit it to the types of the kernel";

        // A setting of the kernel's configuration is a value of a map.
        foreach ((int slot, string symbol) in code.SymbolOfSlot.OrderBy(symbol => symbol.Key))
            if (!code.MapOfSlot.ContainsKey(slot)) return $"it refers to {symbol} of the kernel";
        return null;
    }
}
