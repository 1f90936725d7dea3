using System.CommandLine;
using Skep.Agent.Query;

namespace Skep.Cli.Options;

/// <summary>Options that take a time.</summary>
internal static class WhenOption
{
    /// <summary>Makes one; its value is in nanoseconds of Unix time.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it is for.</param>
    public static Option<long?> Create(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "WHEN",
        CustomParser = result =>
        {
            string text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
            if (TimeText.TryRead(text, DateTime.UtcNow, out long time)) return time;
            result.AddError($"{OptionValues.NameOf(result)} takes {TimeText.Wanted}, not '{text}'");
            return null;
        },
    };
}
