namespace Skep.Filter.Runtime.Generate;

/// <summary>Frames to be sent.</summary>
public interface IFrameSource
{
    /// <summary>The length of the longest frame.</summary>
    int Longest { get; }

    /// <summary>Whether the first filling is all there is, to be sent again and again.</summary>
    bool IsRepeated { get; }

    /// <summary>How many frames are filled at a time.</summary>
    int Most { get; }

    /// <summary>Fills an empty buffer with the next frames, as many as it holds.</summary>
    /// <param name="buffer">The buffer; it stays empty when there are no more.</param>
    void Fill(FrameBuffer buffer);
}
