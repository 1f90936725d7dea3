namespace Skep.Agent.Config;

/// <summary>Where an agent gets policies from: <c>[fleet]</c>.</summary>
public sealed record FleetConfig
{
    /// <summary>The source that is an etcd.</summary>
    public const string Etcd = "etcd";

    /// <summary>What the source of a directory begins with.</summary>
    public const string DirectoryPrefix = "dir:";

    // By one list, configurations that have none of their own are equal.
    private static readonly Uri[] s_endpoints = [new("http://127.0.0.1:2379")];
    private static readonly string[] s_groups = ["default"];

    /// <summary><c>etcd</c>, or <c>dir:</c> and a path; null for none.</summary>
    public string? Source { get; init; }

    /// <summary>The addresses of etcd.</summary>
    public IReadOnlyList<Uri> Endpoints { get; init; } = s_endpoints;

    /// <summary>What the agent is called; null for the name of the machine.</summary>
    public string? Id { get; init; }

    /// <summary>Its groups.</summary>
    public IReadOnlyList<string> Groups { get; init; } = s_groups;

    /// <summary>The certificates that policies are signed by; null where they need not be signed.</summary>
    public string? Certificate { get; init; }

    /// <summary>The user of etcd; null for none.</summary>
    public string? User { get; init; }

    /// <summary>The file of the user's password.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The certificates that those of etcd are signed by; null for those that the system trusts.</summary>
    public string? Authorities { get; init; }

    /// <summary>The certificate that etcd knows the client by; null for none.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>Its key.</summary>
    public string? ClientKey { get; init; }

    /// <summary>The directory; null when the source is none.</summary>
    public string? Directory =>
        Source?.StartsWith(DirectoryPrefix, StringComparison.Ordinal) == true ? Source[DirectoryPrefix.Length..] : null;

    /// <summary>What kind of source it is, whatever its address.</summary>
    public string Kind => Directory is null ? Etcd : DirectoryPrefix;

    /// <summary>Reads the address of an endpoint; null when it is none.</summary>
    public static Uri? ReadEndpoint(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string whole = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        return Uri.TryCreate(whole, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
            && text.All(c => c is > ' ' and <= '~') && Uri.CheckHostName(address.Host.Trim('[', ']')) != UriHostNameType.Unknown
            && address.PathAndQuery is "/" && address.UserInfo.Length == 0 ? address : null;
    }
}
