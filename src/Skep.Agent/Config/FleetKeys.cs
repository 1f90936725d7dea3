using Skep.Agent.Fleet.Model;
using Tomlyn.Syntax;
using static Skep.Agent.Config.ConfigValue;

namespace Skep.Agent.Config;

/// <summary>The keys of <c>[fleet]</c>.</summary>
internal static class FleetKeys
{
    private const string Table = "fleet", Name = FleetNames.Wanted;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        Of("source", "\"etcd\", \"dir:\" and an absolute path, or \"\" for none", (f, v) => Text(v) switch
        {
            "" => f with { Source = null },
            FleetConfig.Etcd => f with { Source = FleetConfig.Etcd },
            { } text when text.StartsWith(FleetConfig.DirectoryPrefix + "/", StringComparison.Ordinal) && !text.Contains('\0')
                => f with { Source = text },
            _ => null,
        }),
        Of("endpoints", "addresses, such as [\"http://127.0.0.1:2379\"]", (f, v) =>
            Texts(v) is { Count: > 0 } texts && texts.All(text => FleetConfig.ReadEndpoint(text) is not null)
                ? f with { Endpoints = [.. texts.Select(text => FleetConfig.ReadEndpoint(text)!)] } : null),
        Of("id", Name, (f, v) => Text(v) is { } text && FleetNames.IsName(text) ? f with { Id = text } : null),
        Of("groups", $"names, such as [\"web\"]: {Name}", (f, v) =>
            Texts(v) is { Count: > 0 } texts && texts.All(FleetNames.IsName) && texts.Distinct().Count() == texts.Count
                ? f with { Groups = texts } : null),
        Of("cert", FileWanted, (f, v) => NamedFile(v, out string? path) ? f with { Certificate = path } : null),
        Of("user", "a name, or \"\" for none", (f, v) => Text(v) is { } text ? f with { User = text.Length == 0 ? null : text } : null),
        Of("password_file", FileWanted, (f, v) => NamedFile(v, out string? path) ? f with { PasswordFile = path } : null),
        Of("ca_file", FileWanted, (f, v) => NamedFile(v, out string? path) ? f with { Authorities = path } : null),
        Of("client_cert", FileWanted, (f, v) => NamedFile(v, out string? path) ? f with { ClientCertificate = path } : null),
        Of("client_key", FileWanted, (f, v) => NamedFile(v, out string? path) ? f with { ClientKey = path } : null),
    ];

    private static ConfigKey Of(string name, string wanted, Func<FleetConfig, ValueSyntax, FleetConfig?> read) =>
        new(Table, name, wanted, (c, v) => read(c.Fleet, v) is { } fleet ? c with { Fleet = fleet } : null);
}
