using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Watch.Session;

/// <summary>The restrictions that the kernel side does not apply itself.</summary>
internal sealed class EventFilter(WatchOptions options)
{
    private readonly HashSet<string> _commands = [.. options.Commands.Select(CommandNames.Canonical)];
    private readonly HashSet<string> _types = [.. options.Types];
    private readonly EventCondition[] _executables = Conditions(EventKey.Exe, options.Executables);
    private readonly EventCondition[] _cgroups = Conditions(EventKey.Cgroup, options.Cgroups);
    private readonly EventCondition[] _containers = Conditions(EventKey.Container, options.Containers);
    private readonly FeatureProbes? _probes = options.HideProbes ? new FeatureProbes() : null;

    // What is a probe is found out before anything else: later calls of a probe are known by its earlier ones.
    public bool Passes(BpfEvent e) =>
        _probes?.IsOfProbe(e) != true
        && (_commands.Count == 0 || _commands.Contains(e.Command))
        && (options.Comm is null || options.Comm == e.Process.Comm)
        && (!options.FailedOnly || e.Failed)
        && (_types.Count == 0 || IsOfType(e))
        && Any(_executables, e) && Any(_cgroups, e) && Any(_containers, e)
        && !options.Exclusions.Any(conditions => conditions.All(condition => condition.IsMetBy(e, certainly: true)));

    private static bool Any(EventCondition[] conditions, BpfEvent e) =>
        conditions.Length == 0 || conditions.Any(condition => condition.IsMetBy(e, certainly: false));

    private static EventCondition[] Conditions(EventKey key, IReadOnlyList<string> patterns) =>
        [.. patterns.Select(pattern => new EventCondition(key, pattern))];

    private bool IsOfType(BpfEvent e) =>
        (e.Map?.Type is { } map && _types.Contains(map))
        || (e.Program?.Type is { } program && _types.Contains(program))
        || (e.Link?.Type is { } link && _types.Contains(link))
        || (e.Attach?.AttachType is { } attach && _types.Contains(attach));
}
