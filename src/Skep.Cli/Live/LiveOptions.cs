using System.CommandLine;
using System.CommandLine.Parsing;
using Skep.Cli.Options;

namespace Skep.Cli.Live;

/// <summary>The options of a live view: <c>-n</c>, <c>--duration</c>, and <c>--interval</c> where it takes samples.</summary>
internal sealed class LiveOptions
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1);

    private readonly Option<long?> _count;
    private readonly Option<TimeSpan?> _duration = Quantities.Time("--duration", "Exit after this time.");
    private readonly Option<TimeSpan?>? _interval;

    /// <param name="noun">What is counted: events.</param>
    /// <param name="interval">What <c>--interval</c> does; null for a view that is woken by what comes.</param>
    public LiveOptions(string noun, string? interval = null)
    {
        _count = new Option<long?>("-n", "--count") { Description = $"Exit after N {noun}.", HelpName = "N" };
        OptionValues.TakePositive(_count);
        if (interval is not null) _interval = Quantities.Time("--interval", interval);
    }

    public void AddTo(Command command)
    {
        if (_interval is not null) command.Options.Add(_interval);
        command.Options.Add(_count);
        command.Options.Add(_duration);
    }

    /// <summary>Whether <c>--interval</c> is given.</summary>
    public bool HasInterval(ParseResult parsed) => _interval is not null && parsed.GetResult(_interval) is not null;

    /// <summary>Has a command that is live only with <c>--interval</c> refuse the other two without it.</summary>
    public void RequireInterval(Command command, string error) =>
        Require(command, result => result.GetResult(_interval!) is not null, error);

    /// <summary>Has a command that is live only with an option refuse <c>-n</c> and <c>--duration</c> without it.</summary>
    public void Require(Command command, Option<bool> option, string error) => Require(command, result => result.GetValue(option), error);

    public LiveLimits Of(ParseResult parsed) => new(
        parsed.GetValue(_count) ?? long.MaxValue,
        parsed.GetValue(_duration),
        (_interval is null ? null : parsed.GetValue(_interval)) ?? DefaultInterval);

    private void Require(Command command, Func<CommandResult, bool> isLive, string error) => command.Validators.Add(result =>
    {
        bool isLimited = result.GetResult(_count) is not null || result.GetResult(_duration) is not null;
        if (isLimited && !isLive(result)) result.AddError(error);
    });
}
