using Skep.Bpf;

namespace Skep.Analysis.Analyze;

/// <summary>What a helper is for, what it does with its arguments, and what it returns.</summary>
/// <param name="Name">Its name, <c>bpf_map_lookup_elem</c>.</param>
/// <param name="Capability">What it lets a program do.</param>
/// <param name="Roles">One role per argument, see <see cref="ArgumentRole"/>.</param>
public sealed record HelperSignature(string Name, string Capability, string Roles)
{
    public HelperResult Result { get; private init; }

    /// <summary>The structure of the kernel whose address it returns, as libbpf's header declares it; null for any other result.</summary>
    public string? Structure { get; private init; }

    /// <summary>The decompiler's name for its result; null for none in particular.</summary>
    public string? Variable { get; private init; }

    /// <summary>
    /// The only type of map that it takes (<c>check_map_func_compatibility</c> of kernel/bpf/verifier.c); null when it takes others too.
    /// </summary>
    public BpfMapType? MapType { get; private init; }

    public bool ReturnsPointer => Result >= HelperResult.Pointer;

    /// <summary>The role of an argument, from 0; <see cref="ArgumentRole.None"/> after the last.</summary>
    public char RoleOf(int argument) => argument < Roles.Length ? Roles[argument] : ArgumentRole.None;

    /// <summary>The argument of a role; -1 when it has none.</summary>
    public int ArgumentOf(char role) => Roles.IndexOf(role, StringComparison.Ordinal);

    /// <summary>Reads a row of <see cref="HelperTable"/>: <c>NAME CAPABILITY [ROLES] [returns:R] [variable:V] [map:M]</c>.</summary>
    internal static HelperSignature Parse(string row)
    {
        string[] words = row.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool hasRoles = words.Length > 2 && !words[2].Contains(':', StringComparison.Ordinal);
        var signature = new HelperSignature($"bpf_{words[0]}", words[1], hasRoles ? words[2] : "");
        foreach (string word in words.AsSpan(hasRoles ? 3 : 2))
        {
            string[] pair = word.Split(':');
            signature = pair[0] switch
            {
                "returns" => signature.Returning(pair[1]),
                "variable" => signature with { Variable = pair[1] },
                "map" when BpfMapTypeNames.TryParse(pair[1], out BpfMapType type) => signature with { MapType = type },
                _ => throw new FormatException($"a row of the table of helpers: {row}"),
            };
        }

        return signature;
    }

    // A number may be the address of a structure: u64/task_struct.
    private HelperSignature Returning(string word)
    {
        int slash = word.IndexOf('/', StringComparison.Ordinal);
        string? structure = slash < 0 ? null : word[(slash + 1)..];
        HelperResult result = (slash < 0 ? word : word[..slash]) switch
        {
            "long" => HelperResult.Long,
            "u32" => HelperResult.UInt32,
            "u64" => HelperResult.UInt64,
            "value*" => HelperResult.MapValue,
            "record*" => HelperResult.Record,
            "argument*" => HelperResult.Argument,
            _ => HelperResult.Pointer,
        };
        if (result == HelperResult.Pointer && word != "void*") structure = word.TrimEnd('*');
        return this with { Result = result, Structure = structure };
    }
}

/// <summary>What a helper returns.</summary>
public enum HelperResult
{
    /// <summary>A long or an int: an error number, a length, a verdict.</summary>
    Long,

    UInt32,

    UInt64,

    Pointer,

    /// <summary>A pointer to a value of the map that is its first argument.</summary>
    MapValue,

    /// <summary>A pointer to a record of the ring buffer that is its first argument.</summary>
    Record,

    /// <summary>A pointer to the same as its first argument, for one CPU.</summary>
    Argument,
}
