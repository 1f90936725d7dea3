namespace Skep.Agent.Live;

/// <summary>What the agent knows of the machine as it is now: what it found last.</summary>
internal sealed class LiveMachine
{
    private volatile MachineLook? _look;
    private volatile UsageLook? _usage;

    /// <summary>The last look; null before the first.</summary>
    public MachineLook? Look
    {
        get => _look;
        set => _look = value;
    }

    /// <summary>The last period in which the kernel counted; null before the first.</summary>
    public UsageLook? Usage
    {
        get => _usage;
        set => _usage = value;
    }
}
