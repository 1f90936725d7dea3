using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Watch.Session;

/// <summary>The restrictions that the kernel side does not apply itself.</summary>
internal sealed class EventFilter(WatchOptions options)
{
    private readonly HashSet<string> _commands = [.. options.Commands.Select(CommandNames.Canonical)];
    private readonly HashSet<string> _types = [.. options.Types];

    public bool Passes(BpfEvent e) =>
        (_commands.Count == 0 || _commands.Contains(e.Command))
        && (options.Comm is null || options.Comm == e.Process.Comm)
        && (!options.FailedOnly || e.Failed)
        && (_types.Count == 0 || IsOfType(e));

    private bool IsOfType(BpfEvent e) =>
        (e.Map?.Type is { } map && _types.Contains(map))
        || (e.Program?.Type is { } program && _types.Contains(program))
        || (e.Link?.Type is { } link && _types.Contains(link))
        || (e.Attach?.AttachType is { } attach && _types.Contains(attach));
}
