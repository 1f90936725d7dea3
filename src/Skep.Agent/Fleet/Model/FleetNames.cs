namespace Skep.Agent.Fleet.Model;

/// <summary>Names of policies, groups and agents, and the keys that they make.</summary>
public static class FleetNames
{
    /// <summary>What all keys begin with.</summary>
    public const string Root = "/skep/v1/";

    /// <summary>What the keys of policies begin with.</summary>
    public const string Policies = Root + "policies/";

    /// <summary>What the keys of groups begin with.</summary>
    public const string Groups = Root + "groups/";

    /// <summary>What the keys of agents begin with.</summary>
    public const string Agents = Root + "agents/";

    /// <summary>What a name is, in words.</summary>
    public const string Wanted = "letters, digits, '-', '_' and '.', at most 64, and none of the last three first";

    /// <summary>What the keys of contents begin with.</summary>
    public const string Chunks = Root + "chunks/";

    /// <summary>The key that is written whenever contents are removed.</summary>
    public const string Pruned = Root + "pruned";

    private const string DesiredEnd = "/desired", SignatureEnd = "/signature";
    private const int Longest = 64;

    /// <summary>Whether a text is a name.</summary>
    public static bool IsName(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length is > 0 and <= Longest && char.IsAsciiLetterOrDigit(text[0])
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
    }

    /// <summary>The key of a version of a policy.</summary>
    public static string Policy(string name, long version) => $"{Policies}{name}/{version}";

    /// <summary>What the keys of the versions of a policy begin with.</summary>
    public static string Versions(string name) => $"{Policies}{name}/";

    /// <summary>What the keys of a group begin with.</summary>
    public static string Group(string group) => $"{Groups}{group}/";

    /// <summary>The key of what a group is to enforce.</summary>
    public static string Desired(string group) => $"{Groups}{group}{DesiredEnd}";

    /// <summary>The key of its signature.</summary>
    public static string Signature(string group) => $"{Groups}{group}{SignatureEnd}";

    /// <summary>The key that an agent keeps by a lease.</summary>
    public static string Alive(string agent) => $"{Agents}{agent}/alive";

    /// <summary>The key of what an agent enforces.</summary>
    public static string Applied(string agent) => $"{Agents}{agent}/applied";

    /// <summary>The key of a content.</summary>
    public static string Chunk(string sha256) => Chunks + sha256;
}
