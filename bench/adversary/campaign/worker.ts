import { serve } from '../../loss/thread-tasks.js';
import { prepareCampaigns } from './campaigns.js';

serve(prepareCampaigns);
