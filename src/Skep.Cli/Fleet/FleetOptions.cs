using System.CommandLine;
using Skep.Agent.Config;
using Skep.Agent.Fleet.Control;
using Skep.Agent.Fleet.Etcd;
using Skep.Agent.Fleet.Model;
using Skep.Cli.Agent;
using Skep.Cli.Common;
using Skep.Cli.Options;
using Skep.Cli.Signing;
using Skep.Signing.Keys;
using Skep.Signing.Sign;

namespace Skep.Cli.Fleet;

/// <summary>The options that say which fleet is meant, and by whom what is changed is signed.</summary>
internal sealed class FleetOptions
{
    private readonly AgentConfigOptions _config = new();

    private readonly Option<Uri[]?> _endpoints = new("--endpoints")
    {
        Description = "The addresses of etcd, comma-separated, whatever the configuration has.",
        HelpName = "URL",
        CustomParser = result =>
        {
            string text = string.Join(',', result.Tokens.Select(token => token.Value));
            string[] words = text.Split(',');
            Uri[] read = [.. words.Select(FleetConfig.ReadEndpoint).OfType<Uri>()];
            if (read.Length == words.Length) return read;
            result.AddError($"--endpoints takes {OptionValues.Endpoints}, not '{text}'");
            return null;
        },
    };

    private readonly Option<string?> _key = new("--key")
    {
        Description = "Sign what the group is to enforce by this private key, in PEM.", HelpName = "FILE",
    };

    private readonly Option<string?> _cert = SigningFiles.CertificateOption("The certificate of the key, in PEM.");

    /// <summary>Adds those that say which fleet is meant.</summary>
    public void AddTo(Command command)
    {
        _config.AddTo(command);
        command.Options.Add(_endpoints);
    }

    /// <summary>Adds those of a command that changes what groups enforce.</summary>
    public void AddWithKeyTo(Command command)
    {
        AddTo(command);
        command.Options.Add(_key);
        command.Options.Add(_cert);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_key) is null != result.GetResult(_cert) is null)
                result.AddError("give --key and --cert, or none of them");
        });
    }

    /// <summary>The option that names a group.</summary>
    public static Option<string?> Group(string description)
    {
        var group = new Option<string?>("--group") { Description = description, HelpName = "NAME" };
        group.Validators.Add(result =>
        {
            foreach (string name in result.Tokens.Select(token => token.Value))
                if (!FleetNames.IsName(name)) result.AddError($"--group takes a name ({FleetNames.Wanted}), not '{name}'");
        });
        return group;
    }

    /// <summary>Runs something with the store.</summary>
    /// <returns>Its exit code.</returns>
    public int With(ParseResult parsed, Func<FleetView, CancellationToken, Task<int>> action)
    {
        if (_config.TryRead(parsed) is not { Fleet: var fleet }) return ExitCode.Usage;
        if (parsed.GetValue(_endpoints) is { Length: > 0 } given) fleet = fleet with { Source = FleetConfig.Etcd, Endpoints = given };
        if (fleet.Directory is { } directory)
        {
            return Message.Error(
                $"using the fleet: its source is the directory {directory}: change the files there (--endpoints names an etcd)",
                ExitCode.Usage);
        }

        using var client = new EtcdClient(EtcdOptions.Of(fleet));
        using var stop = new CancellationTokenSource();
        using var signals = new StopSignals(_ => stop.Cancel(), endsOutput: false);
        try
        {
            return action(new FleetView(client), stop.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Message.Error("stopped", ExitCode.Failed);
        }
    }

    /// <summary>What changes the fleet.</summary>
    /// <exception cref="InvalidDataException">The key or the certificate cannot be used.</exception>
    public FleetChanges Changes(ParseResult parsed, FleetView view)
    {
        if (parsed.GetValue(_key) is not { } key || parsed.GetValue(_cert) is not { } cert) return new(view, null, Message.Print);
        SigningFiles.RequireOpenSsl();
        SigningKey opened = SigningFiles.ReadKey(key);
        if (!ContentSigner.TryCreate(opened, SigningFiles.ReadCertificates(cert), out ContentSigner? signer, out string? fault))
            throw new InvalidDataException($"signing with {key} and {cert}: {fault}");
        return new(view, content => signer.TrySign(content, out byte[]? signature)
            ? signature : throw new InvalidDataException($"signing with {key}: the key is damaged"), Message.Print);
    }
}
