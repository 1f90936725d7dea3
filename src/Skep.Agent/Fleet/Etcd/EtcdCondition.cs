namespace Skep.Agent.Fleet.Etcd;

/// <summary>What must hold for a transaction to be made.</summary>
/// <param name="Key">The key, or what all of them begin with.</param>
/// <param name="IsPrefix">Whether it holds for all keys that begin with it.</param>
/// <param name="Target">What is compared: <c>MOD</c> or <c>VERSION</c>.</param>
/// <param name="Result">How: <c>EQUAL</c>, <c>LESS</c> or <c>GREATER</c>.</param>
/// <param name="Number">With what.</param>
public sealed record EtcdCondition(string Key, bool IsPrefix, string Target, string Result, long Number)
{
    /// <summary>A key was changed last by a revision; 0 for one that is not there.</summary>
    public static EtcdCondition Unchanged(string key, long revision) => new(key, false, "MOD", "EQUAL", revision);

    /// <summary>A key is there.</summary>
    public static EtcdCondition Exists(string key) => new(key, false, "VERSION", "GREATER", 0);

    /// <summary>No key that begins with a text was written since a revision. One may have been removed.</summary>
    public static EtcdCondition NoneWrittenSince(string prefix, long revision) => new(prefix, true, "MOD", "LESS", revision + 1);

    /// <summary>What the compared number is called in the request.</summary>
    internal string NumberName => Target == "MOD" ? "mod_revision" : "version";
}
