using System.CommandLine;
using Skep.Agent.Config;
using Skep.Cli.Common;
using Skep.Cli.Filter;
using Skep.Linux.Files;

namespace Skep.Cli.Agent;

/// <summary>The options that say which agent is meant.</summary>
internal sealed class AgentConfigOptions
{
    private readonly Option<string?> _config = new("--config")
    {
        Description = $"The configuration; {AgentConfig.DefaultPath} where there is one, else what it has by default.", HelpName = "FILE",
    };

    private readonly Option<string?> _state = new("--state-dir")
    {
        Description = "Where history is kept, whatever the configuration has.", HelpName = "DIR",
    };

    /// <summary>Adds <c>--config</c>.</summary>
    public void AddTo(Command command) => command.Options.Add(_config);

    /// <summary>Adds <c>--config</c> and <c>--state-dir</c>.</summary>
    public void AddWithStateTo(Command command)
    {
        command.Options.Add(_config);
        command.Options.Add(_state);
    }

    /// <summary>Reads the configuration, and prints its errors.</summary>
    /// <returns>Null when there are some.</returns>
    public AgentConfig? TryRead(ParseResult parsed)
    {
        string? named = parsed.GetValue(_config);
        string path = named ?? AgentConfig.DefaultPath;
        AgentConfig? config = new();
        if (named is not null || File.Exists(path))
        {
            using InputStream input = NamedInput.Open(path, InputLimit.AgentConfig);
            ConfigFile file = ConfigFile.Read(path == "-" ? "standard input" : path, InputFile.ReadBytes(input));
            FilterFile.Print(file.Diagnostics);
            config = file.Config;
            if (config is { Otlp.Headers.Count: > 0 } && input.OthersMayRead)
            {
                Message.Error(
                    $"reading {path}: export.otlp.headers may be secret, and other users may read the file (chmod 600 {path})",
                    ExitCode.Usage);
                config = null;
            }
        }

        return parsed.GetResult(_state) is not null && parsed.GetValue(_state) is { } state && config is not null
            ? config with { StateDirectory = Path.GetFullPath(state) } : config;
    }
}
